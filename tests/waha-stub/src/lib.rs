//! waha-stub
