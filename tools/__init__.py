"""Tools of this repository, which no user of the library needs."""
