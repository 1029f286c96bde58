//! The SDK's clients, built once at start.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};

/// Longest wait for a connection. Inside a region it takes a few milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Longest wait for one answer. `DynamoDB` and SQS take some 10 ms; what takes 2 s is lost.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest operation, all of its attempts together. Short of the shortest function time-out, so that an error is still
/// answered and logged.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(5);
/// The first attempt and two more.
const ATTEMPTS_MAX: u32 = 3;
/// Base of the wait before another attempt. The SDK's own, one second, is made for slower services.
const RETRY_BASE: Duration = Duration::from_millis(50);

/// Where the SDK's clients come from.
///
/// Region, credentials and `AWS_ENDPOINT_URL` are read from the environment by the SDK itself.
#[derive(Clone, Debug)]
pub struct Aws {
    config: SdkConfig,
}

impl Aws {
    /// The AWS of this environment.
    pub async fn load() -> Self {
        Self::from_loader(aws_config::defaults(BehaviorVersion::latest())).await
    }

    /// The AWS of a loader's making, with our time-outs and retries.
    pub async fn from_loader(loader: ConfigLoader) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        let retries =
            RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX).with_initial_backoff(RETRY_BASE);
        Self { config: loader.timeout_config(timeouts).retry_config(retries).load().await }
    }

    /// A client of `DynamoDB`. Clones share its connections.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config)
    }

    /// A client of SQS. Clones share its connections.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }

    /// A client of Secrets Manager. Clones share its connections.
    pub fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.config)
    }
}
