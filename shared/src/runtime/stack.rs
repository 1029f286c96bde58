//! The stack that a function belongs to: its environment, its secret, and what stands before its endpoint.

use lambda_runtime::Error;
use tracing_subscriber::EnvFilter;

use crate::adapters::{Aws, StackSecret, stack_secret};
use crate::config::Environment;
use crate::http::{Endpoint, Front, LimitKind, Memory, PublicFront};
use crate::world::Give;

/// The stack that a function belongs to, and the [`World`](crate::world::World) it runs in. Made once at start; what it hands
/// out shares its connections.
#[derive(Debug)]
pub struct Stack {
    /// The function's environment.
    pub env: Environment,
    pub(super) aws: Aws,
    secret: Option<StackSecret>,
}

impl Stack {
    /// Starts logging, finds AWS, and reads the stack's secret if the function's environment names it.
    ///
    /// # Errors
    /// When the secret cannot be read.
    pub async fn start() -> Result<Self, Error> {
        let env = Environment::default();
        start_logging(&env);
        let aws = Aws::load().await;
        let secret = match env.optional("SECRET_ARN") {
            Some(arn) => Some(stack_secret(&aws.secrets(), &arn).await?),
            None => None,
        };
        Ok(Self { env, aws, secret })
    }

    /// What stands before an endpoint that needs credentials.
    ///
    /// # Errors
    /// When the stack was started without its secret.
    pub fn front(&self, endpoint: &Endpoint) -> Result<Front<Self>, Error> {
        Ok(Front { public: self.public_front(endpoint)?, accounts: self.give()?, keyring: self.give()? })
    }

    /// What stands before an endpoint that anybody may call.
    ///
    /// # Errors
    /// None: [`Environment::check`] reports missing variables.
    pub fn public_front(&self, endpoint: &Endpoint) -> Result<PublicFront<Self>, Error> {
        let limit_per_minute = match endpoint.limit {
            Some(LimitKind::Send) => self.env.value("SEND_PER_MINUTE"),
            Some(LimitKind::Bulk) => self.env.value("BULK_PER_MINUTE"),
            Some(LimitKind::Other) => self.env.value("OTHER_PER_MINUTE"),
            None => u32::MAX,
        };
        Ok(PublicFront { limits: self.give()?, limit_per_minute })
    }

    /// What remembers the answers of an idempotent endpoint.
    ///
    /// # Errors
    /// When the stack was started without its secret.
    pub fn memory(&self) -> Result<Memory<Self>, Error> {
        Ok(Memory { answers: self.give()?, entropy: self.give()? })
    }

    /// The stack's secret.
    ///
    /// # Errors
    /// When the stack was started without it.
    pub(super) fn secret(&self) -> Result<&StackSecret, Error> {
        self.secret.as_ref().ok_or_else(|| missing("SECRET_ARN").into())
    }
}

fn missing(variable: &str) -> String {
    format!("{variable} is missing")
}

/// Third parties' crates say more than anyone wants to pay for below `warn`, and some of them whole events, with keys and
/// texts. Names match by their beginnings.
const THIRD_PARTIES: &str = "aws_=warn,h2=warn,hyper=warn,lambda_=warn,mio=warn,openidconnect=warn,reqwest=warn,rustls=warn,\
    tokio=warn,tower=warn";

/// One JSON object a line, as CloudWatch Logs Insights reads it.
fn start_logging(env: &Environment) {
    let level = env.text("LOG_LEVEL");
    let filter =
        EnvFilter::try_new(format!("{level},{THIRD_PARTIES}")).unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_target(false)
        .with_env_filter(filter)
        .init();
}
