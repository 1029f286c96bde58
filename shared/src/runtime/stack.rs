//! The adapters of this stack, made from a function's environment.

use lambda_runtime::Error;
use tracing_subscriber::EnvFilter;

use crate::adapters::{
    Aws, DynamoAccounts, DynamoAnswers, DynamoCampaigns, DynamoContacts, DynamoConversations, DynamoCounters,
    DynamoDeletions, DynamoDue, DynamoLimits, DynamoMessages, DynamoPacers, DynamoRecount, DynamoSessions,
    DynamoStatistics, DynamoWatched, QueueUrls, S3Files, SqsSteps, SqsTickets, SqsTimer, StackKeyring,
    StackSecret, SystemClock, Vault, stack_secret,
};
use crate::announce::Announcer;
use crate::config::Environment;
use crate::http::{Front, LimitKind, PublicFront};
use crate::login::Callback;
#[cfg(feature = "login")]
use crate::login::{OpenIdClient, OpenIdSettings};
use crate::providers::Providers;
use domain::values::reach::Reach;

/// The stack that a function belongs to. Made once at start; what it hands out shares its connections.
#[derive(Debug)]
pub struct Stack {
    /// The function's environment.
    pub env: Environment,
    aws: Aws,
    secret: Option<StackSecret>,
}

impl Stack {
    /// Starts logging, and finds AWS. For functions that need none of the stack's keys.
    pub async fn start() -> Self {
        let env = Environment::default();
        start_logging(&env);
        Self { aws: Aws::load().await, env, secret: None }
    }

    /// As [`Stack::start`], with the stack's secret.
    ///
    /// # Errors
    /// When the secret cannot be read.
    pub async fn start_with_secret() -> Result<Self, Error> {
        let stack = Self::start().await;
        let arn = stack.env.text("SECRET_ARN");
        let secret = stack_secret(&stack.aws.secrets(), &arn).await?;
        Ok(Self { secret: Some(secret), ..stack })
    }

    /// The table of messages.
    pub fn messages(&self) -> DynamoMessages {
        DynamoMessages::new(self.aws.dynamodb(), self.env.text("MESSAGES_TABLE"))
    }

    /// The table of sessions.
    ///
    /// # Errors
    /// When the stack was started without its secret.
    pub fn sessions(&self) -> Result<DynamoSessions, Error> {
        let vault = Vault::new(self.secret()?)?;
        Ok(DynamoSessions::new(self.aws.dynamodb(), self.env.text("SESSIONS_TABLE"), vault))
    }

    /// The table of accounts.
    pub fn accounts(&self) -> DynamoAccounts {
        DynamoAccounts::new(self.aws.dynamodb(), self.env.text("ACCOUNTS_TABLE"))
    }

    /// The table of campaigns.
    pub fn campaigns(&self) -> DynamoCampaigns {
        DynamoCampaigns::new(self.aws.dynamodb(), self.env.text("CAMPAIGNS_TABLE"))
    }

    /// The bucket with the files of campaigns.
    pub fn files(&self) -> S3Files {
        S3Files::new(self.aws.s3(), self.env.text("UPLOADS_BUCKET"))
    }

    /// The queue of ingestion.
    pub fn steps(&self) -> SqsSteps {
        SqsSteps::new(self.aws.sqs(), self.env.text("INGEST_QUEUE_URL"))
    }

    /// The front of an endpoint with one of the limits.
    ///
    /// # Errors
    /// When the stack was started without its secret.
    pub fn front(
        &self,
        limit_kind: LimitKind,
    ) -> Result<Front<DynamoAccounts, StackKeyring, DynamoLimits>, Error> {
        let limit_per_minute = match limit_kind {
            LimitKind::Send => self.env.value("SEND_PER_MINUTE"),
            LimitKind::Bulk => self.env.value("BULK_PER_MINUTE"),
            LimitKind::Other => self.env.value("OTHER_PER_MINUTE"),
        };
        Ok(Front {
            api_keys: self.accounts(),
            keyring: self.keyring()?,
            limits: self.limits(),
            limit_kind,
            limit_per_minute,
        })
    }

    /// The front of an endpoint that anybody may call.
    pub fn public_front(&self) -> PublicFront<DynamoLimits> {
        let limit_per_minute = self.env.value("OTHER_PER_MINUTE");
        PublicFront { limits: self.limits(), limit_kind: LimitKind::Other, limit_per_minute }
    }

    /// The OpenID provider, if this stack has one.
    ///
    /// # Errors
    /// When the stack was started without its secret, or the provider's address is none.
    #[cfg(feature = "login")]
    pub fn open_id_provider(&self) -> Result<Option<OpenIdClient>, Error> {
        let issuer = self.env.text("OIDC_ISSUER");
        let Some(client_id) = self.env.optional("OIDC_CLIENT_ID") else { return Ok(None) };
        let client_secret = self.secret()?.login_client().cloned();
        Ok(Some(OpenIdClient::new(OpenIdSettings { issuer, client_id, client_secret })?))
    }

    /// Where people come back to after logging in.
    pub fn callback(&self) -> Callback {
        Callback::new(self.env.api_address())
    }

    /// The table of what is short-lived: counters of requests, and where pages begin.
    pub fn limits(&self) -> DynamoLimits {
        DynamoLimits::new(self.aws.dynamodb(), self.env.text("LIMITS_TABLE"))
    }

    /// The answers that are kept, in the same table.
    ///
    /// # Errors
    /// When the stack was started without its secret.
    pub fn answers(&self) -> Result<DynamoAnswers, Error> {
        let vault = Vault::new(self.secret()?)?;
        Ok(DynamoAnswers::new(self.aws.dynamodb(), self.env.text("LIMITS_TABLE"), vault))
    }

    /// The table of statistics.
    pub fn statistics(&self) -> DynamoStatistics {
        DynamoStatistics::new(self.aws.dynamodb(), self.env.text("STATISTICS_TABLE"))
    }

    /// The table of conversations.
    pub fn conversations(&self) -> DynamoConversations {
        DynamoConversations::new(self.aws.dynamodb(), self.env.text("CONVERSATIONS_TABLE"))
    }

    /// The contacts, as messages and conversations show them.
    pub fn contacts(&self) -> DynamoContacts {
        let conversations = self.env.text("CONVERSATIONS_TABLE");
        DynamoContacts::new(self.aws.dynamodb(), self.env.text("MESSAGES_TABLE"), conversations)
    }

    /// All counters that follow the messages.
    pub fn counters(&self) -> DynamoCounters {
        let statistics = self.env.text("STATISTICS_TABLE");
        let conversations = self.env.text("CONVERSATIONS_TABLE");
        let campaigns = self.env.text("CAMPAIGNS_TABLE");
        DynamoCounters::new(self.aws.dynamodb(), statistics, conversations, campaigns)
    }

    /// The same, to be counted anew.
    pub fn recount(&self) -> DynamoRecount {
        DynamoRecount::new(self.counters(), self.env.text("MESSAGES_TABLE"))
    }

    /// The three FIFO queues.
    pub fn tickets(&self) -> SqsTickets {
        let high = self.env.text("HIGH_QUEUE_URL");
        let normal = self.env.text("NORMAL_QUEUE_URL");
        let bulk = self.env.text("BULK_QUEUE_URL");
        SqsTickets::new(self.aws.sqs(), QueueUrls { high, normal, bulk })
    }

    /// The timer queue.
    pub fn timer(&self) -> SqsTimer {
        SqsTimer::new(self.aws.sqs(), self.env.text("TIMER_QUEUE_URL"))
    }

    /// The table of wake-ups that lie too far ahead for the timer.
    pub fn due(&self) -> DynamoDue {
        DynamoDue::new(self.aws.dynamodb(), self.env.text("DUE_TABLE"))
    }

    /// The table of watched sessions.
    pub fn watched(&self) -> DynamoWatched {
        DynamoWatched::new(self.aws.dynamodb(), self.env.text("WATCHED_TABLE"))
    }

    /// The pacers in the table of sessions.
    pub fn pacers(&self) -> DynamoPacers {
        DynamoPacers::new(self.aws.dynamodb(), self.env.text("SESSIONS_TABLE"))
    }

    /// The deletions in the table of sessions.
    pub fn deletions(&self) -> DynamoDeletions {
        DynamoDeletions::new(self.aws.dynamodb(), self.env.text("SESSIONS_TABLE"))
    }

    /// What announces new work.
    pub fn announcer(&self) -> Announcer<SqsTickets, SqsTimer, DynamoDue> {
        Announcer { tickets: self.tickets(), timer: self.timer(), due: self.due() }
    }

    /// The stack's keys.
    ///
    /// # Errors
    /// When the stack was started without its secret.
    pub fn keyring(&self) -> Result<StackKeyring, Error> {
        Ok(StackKeyring::new(self.secret()?)?)
    }

    /// The providers.
    ///
    /// # Errors
    /// When their HTTP client cannot be made.
    pub fn providers(&self) -> Result<Providers<SqsTimer, DynamoContacts, SystemClock>, Error> {
        Ok(Providers::new(self.timer(), self.contacts(), SystemClock, self.reach())?)
    }

    /// Where sessions' providers may be.
    fn reach(&self) -> Reach {
        Reach::of(self.env.value("ALLOW_PRIVATE_PROVIDERS"))
    }

    fn secret(&self) -> Result<&StackSecret, Error> {
        self.secret.as_ref().ok_or_else(|| "the stack was started without its secret".into())
    }
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
