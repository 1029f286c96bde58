//! Writes the contract document beside the function that shows it.

fn main() -> std::io::Result<()> {
    std::fs::write(document::file(), document::written())
}
