//! The Lambda function behind `POST /messages/bulk/csv`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    bulk_csv::run().await
}
