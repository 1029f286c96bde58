//! The Lambda function behind `GET /api/v1/auth/google/callback`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    login_callback::run().await
}
