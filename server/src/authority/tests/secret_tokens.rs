//! Tests of secret_tokens.
