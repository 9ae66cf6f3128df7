//! What differs from system to system, behind one API: a file a platform.
