"""Which networks an option asks for."""

from artmodels.gan.classic import ClassicDiscriminator, ClassicGenerator
from artmodels.gan.config import GanConfig
from artmodels.gan.light import LightDiscriminator, LightGenerator
from artmodels.gan.modern import Discriminator, Generator

AnyGenerator = Generator | LightGenerator | ClassicGenerator
AnyDiscriminator = Discriminator | LightDiscriminator | ClassicDiscriminator


def build_generator(config: GanConfig, classes: int) -> AnyGenerator:
    """Latents `(B, latent)` and classes `(B,)` to pictures `(B, 3, R, R)` in [-1, 1]."""
    if config.network == "classic":
        return ClassicGenerator(config.latent, classes, config.channels())
    if config.network == "light":
        return LightGenerator(config.latent, classes, config.channels())
    return Generator(config.latent, classes, config.channels(), config.blocks)


def build_discriminator(config: GanConfig, classes: int) -> AnyDiscriminator:
    """Pictures `(B, 3, R, R)` in [-1, 1] and classes `(B,)` to scores `(B,)`."""
    if config.network == "classic":
        return ClassicDiscriminator(classes, config.channels())
    if config.network == "light":
        return LightDiscriminator(classes, config.channels())
    return Discriminator(classes, config.channels(), config.blocks)
