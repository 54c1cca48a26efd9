/// The C interface, which is all that the shared library shows.
@_exported public import Parley
