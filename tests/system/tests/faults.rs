//! Processes killed at the worst moments.
