"""The errors that a user may meet. Each message is one sentence that says what and where.

    MaglabelError
    ├── ConfigError      maglabel.toml or a setting is wrong                      (spiders.config)
    ├── SourceError      a shop or database cannot be used as a source            (spiders)
    ├── CatalogError     the catalog cannot be opened, read or written            (catalog)
    │   └── LockedError  another process is writing it                        (catalog)
    └── InputError       a file given to a command is not what it should be       (maglabel)

Anything else that is raised is a bug in maglabel.
"""


class MaglabelError(Exception):
    """Base of all errors that are the user's to mend."""


class ConfigError(MaglabelError):
    """The configuration is wrong; the message names the file and the key."""


class SourceError(MaglabelError):
    """A source cannot be used; the message names it and says what was tried."""


class CatalogError(MaglabelError):
    """The catalog cannot be opened, read or written; the message names it."""


class LockedError(CatalogError):
    """Another process is writing the catalog; the message says which, and since when."""


class InputError(MaglabelError):
    """An input file is unusable; the message names it."""
