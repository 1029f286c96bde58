//! The Lambda function behind `GET /api/v1/billing/plans`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    billing_plans::run().await
}
