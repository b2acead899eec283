"""What the studio's page reads and makes; the page itself is `flows.studio`."""
