//! Requests whose bodies nobody reads: the next one on the same connection is answered all the same.
