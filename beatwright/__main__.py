"""``python -m beatwright``"""

from beatwright.command import main

if __name__ == "__main__":
    main()
