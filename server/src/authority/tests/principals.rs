//! Tests of principals.
