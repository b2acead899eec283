"""A MIDI file becomes sound, where a synthesiser is installed."""

import shutil
import subprocess
from pathlib import Path

from artmodels.errors import AtelierError
from tasks.files import replacing

SOUND_FONTS = (
    "/usr/share/sounds/sf2/default-GM.sf2",
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/soundfonts/default.sf2",
    "/usr/share/soundfonts/FluidR3_GM.sf2",
)
"""Where systems keep the instruments that FluidSynth plays."""

NONE = "No audio preview: install timidity, or fluidsynth with a sound font (the package fluid-soundfont-gm)."

_RATE = "22050"
_SECONDS = 300


def synthesiser() -> list[str] | None:
    """Return the command that plays a MIDI file into a WAV file, with `{midi}` and `{wav}` for them; None: there is
    none."""
    if path := shutil.which("timidity"):
        return [path, "-OwM", "-s", _RATE, "-o", "{wav}", "{midi}"]
    font = next((font for font in SOUND_FONTS if Path(font).is_file()), None)
    if (path := shutil.which("fluidsynth")) and font:
        return [path, "-ni", "-r", _RATE, "-F", "{wav}", font, "{midi}"]
    return None


def play(command: list[str], midi: Path, wav: Path) -> None:
    """Play a MIDI file into a WAV file, whole or not at all.

    Raises:
        AtelierError: the synthesiser fails; says what it said last.
    """
    with replacing(wav) as part:
        filled = [word.format(midi=midi, wav=part) for word in command]
        done = subprocess.run(filled, check=False, capture_output=True, text=True, errors="replace", timeout=_SECONDS)
        if done.returncode != 0 or not part.is_file():
            said = (done.stderr or done.stdout).strip().splitlines() or [f"exit code {done.returncode}"]
            raise AtelierError(f"{command[0]} cannot play {midi}: {said[-1]}")
