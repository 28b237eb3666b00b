"""`python -m foedera`: the command line."""

from foedera.config.command import main

if __name__ == "__main__":
    main()
