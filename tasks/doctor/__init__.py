"""`atelier doctor`: looks at the installation, the stores and the machine, and says what to mend."""
