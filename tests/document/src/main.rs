//! Writes the contract document into the folder of the function that shows it.

fn main() -> std::io::Result<()> {
    std::fs::write(document::file(), document::written())
}
