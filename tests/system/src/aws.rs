//! AWS, as the local stack offers it: functions, tables and queues, all called by the account's administrator.

use std::collections::BTreeMap;

use domain::tuning::DUE_SHARDS;
use reqwest::header::CONTENT_TYPE;
use reqwest::{RequestBuilder, Response};
use serde_json::{Map, Value, json};

use crate::signature::signed;
use crate::stack::Stack;

impl Stack {
    /// Invokes a function of the stack with an event, and returns what it answers.
    pub async fn invoke(&self, function: &str, event: &Value) -> Value {
        let name = format!("{}-{function}", self.about.stack_name);
        let url = format!("{}/2015-03-31/functions/{name}/invocations", self.about.aws_endpoint);
        let response = self.as_admin(self.http.post(url).body(event.to_string()), "lambda").await;
        let failed = response.headers().get("x-amz-function-error").is_some();
        let text = response.text().await.expect("a body");
        assert!(!failed, "{name} failed: {text}");
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{name} answered no JSON: {text}"))
    }

    /// Carries out an operator's command that is not refused.
    pub async fn operate(&self, command: Value) -> Value {
        let answer = self.invoke("operator", &command).await;
        assert!(answer.get("code").is_none(), "{command} was refused: {answer}");
        answer
    }

    /// The environment of a function.
    pub async fn environment(&self, function: &str) -> BTreeMap<String, String> {
        let name = format!("{}-{function}", self.about.stack_name);
        let url = format!("{}/2015-03-31/functions/{name}/configuration", self.about.aws_endpoint);
        let response = self.as_admin(self.http.get(url), "lambda").await;
        let about: Value = response.json().await.expect("JSON");
        serde_json::from_value(about["Environment"]["Variables"].clone()).expect("an environment")
    }

    /// All rows of a session in the table of messages.
    pub async fn rows(&self, session_id: &str) -> Vec<Value> {
        let table = self.environment("dispatch").await["MESSAGES_TABLE"].clone();
        let mut query = json!({
            "TableName": table, "ConsistentRead": true, "KeyConditionExpression": "sessionId = :session",
            "ExpressionAttributeValues": { ":session": { "S": session_id } },
        });
        let mut rows = Vec::new();
        loop {
            let found = self.aws("DynamoDB_20120810.Query", &query).await;
            rows.extend(found["Items"].as_array().expect("items").iter().map(plain_item));
            match found.get("LastEvaluatedKey") {
                None => return rows,
                Some(last) => query["ExclusiveStartKey"] = last.clone(),
            }
        }
    }

    /// The rows of the table of what is short-lived whose key names a text, such as an account's id.
    pub async fn limits_rows(&self, text: &str) -> Vec<Value> {
        let table = self.environment("send-message").await["LIMITS_TABLE"].clone();
        let mut scan = json!({ "TableName": table, "ConsistentRead": true });
        let mut rows = Vec::new();
        loop {
            let found = self.aws("DynamoDB_20120810.Scan", &scan).await;
            let items = found["Items"].as_array().expect("items").iter();
            rows.extend(
                items.filter(|row| row["pk"]["S"].as_str().is_some_and(|pk| pk.contains(text))).cloned(),
            );
            match found.get("LastEvaluatedKey") {
                None => return rows,
                Some(last) => scan["ExclusiveStartKey"] = last.clone(),
            }
        }
    }

    /// Takes a row of the table of what is short-lived away.
    pub async fn forget_limit(&self, key: &str) {
        let table = self.environment("send-message").await["LIMITS_TABLE"].clone();
        self.aws(
            "DynamoDB_20120810.DeleteItem",
            &json!({ "TableName": table, "Key": { "pk": { "S": key } } }),
        )
        .await;
    }

    /// Changes variables of a function's environment; returns all of them as they were.
    pub async fn set_environment(
        &self,
        function: &str,
        changes: BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let before = self.environment(function).await;
        let mut after = before.clone();
        after.extend(changes);
        let name = format!("{}-{function}", self.about.stack_name);
        let url = format!("{}/2015-03-31/functions/{name}/configuration", self.about.aws_endpoint);
        let body = json!({ "Environment": { "Variables": after } });
        let answer = self.as_admin(self.http.put(url).body(body.to_string()), "lambda").await;
        assert!(answer.status().is_success(), "{answer:?}");
        before
    }

    /// Puts a message into the queue of ingestion.
    pub async fn put_step(&self, body: &str) {
        let url = self.environment("ingest").await["INGEST_QUEUE_URL"].clone();
        self.aws("AmazonSQS.SendMessage", &json!({ "QueueUrl": url, "MessageBody": body })).await;
    }

    /// An object of the bucket of campaigns, if there is one.
    pub async fn object(&self, name: &str) -> Option<String> {
        let bucket = self.environment("ingest").await["UPLOADS_BUCKET"].clone();
        let url = format!("{}/{bucket}/{name}", self.about.aws_endpoint);
        let response = self.as_admin(self.http.get(url), "s3").await;
        if !response.status().is_success() {
            return None;
        }
        Some(response.text().await.expect("a text"))
    }

    /// What is in any queue and names a text, such as a session's id: bodies, groups and all. Changes nothing.
    pub async fn queued(&self, text: &str) -> Vec<Value> {
        let url = format!("{}/_ministack/sqs/messages", self.about.aws_endpoint);
        let all: Value = self.http.get(url).send().await.expect("an answer").json().await.expect("JSON");
        let regions = all["messages"].as_object().expect("accounts").values().flat_map(values);
        let messages = regions.flat_map(values).flat_map(|queue| queue.as_array().expect("messages"));
        messages.filter(|message| message.to_string().contains(text)).cloned().collect()
    }

    /// Deletes everything in a queue, by the name of the variable in which dispatch has its address.
    pub async fn purge(&self, variable: &str) {
        let url = self.environment("dispatch").await[variable].clone();
        self.aws("AmazonSQS.PurgeQueue", &json!({ "QueueUrl": url })).await;
    }

    /// The wake-ups that are kept for a session, as they lie in the table.
    pub async fn kept_wake_ups(&self, session_id: &str) -> Vec<Value> {
        let mut found = Vec::new();
        for shard in 0..DUE_SHARDS {
            let query = json!({
                "TableName": self.due_table().await, "ConsistentRead": true,
                "KeyConditionExpression": "#shard = :shard", "ExpressionAttributeNames": { "#shard": "shard" },
                "ExpressionAttributeValues": { ":shard": { "S": format!("{shard:02}") } },
            });
            let answer = self.aws("DynamoDB_20120810.Query", &query).await;
            let items = answer["Items"].as_array().expect("items").iter();
            found.extend(items.filter(|item| item["sessionId"]["S"] == session_id).cloned());
        }
        found
    }

    /// Keeps a wake-up as it is, whatever it is.
    pub async fn keep_wake_up(&self, item: &Value) {
        let put = json!({ "TableName": self.due_table().await, "Item": item });
        self.aws("DynamoDB_20120810.PutItem", &put).await;
    }

    /// The stack's secret, the root of all its keys.
    pub async fn secret(&self) -> String {
        let arn = self.environment("send-message").await["SECRET_ARN"].clone();
        let answer = self.aws("secretsmanager.GetSecretValue", &json!({ "SecretId": arn })).await;
        answer["SecretString"].as_str().expect("a text").to_owned()
    }

    /// Sets a hold on a session, as dispatch does when its provider refuses the credentials.
    pub async fn hold(&self, session_id: &str, until_ms: i64) {
        let table = self.environment("dispatch").await["SESSIONS_TABLE"].clone();
        let hold = json!({ "M": {
            "until": { "N": until_ms.to_string() }, "reason": { "S": "credentials_refused" }, "detail": { "S": "why" },
        } });
        let update = json!({
            "TableName": table, "Key": { "sessionId": { "S": session_id }, "kind": { "S": "pacer" } },
            "UpdateExpression": "SET #hold = :hold, #failures = :failures",
            "ExpressionAttributeNames": { "#hold": "hold", "#failures": "failures" },
            "ExpressionAttributeValues": { ":hold": hold, ":failures": { "N": "3" } },
        });
        self.aws("DynamoDB_20120810.UpdateItem", &update).await;
    }

    async fn due_table(&self) -> String {
        self.environment("promote").await["DUE_TABLE"].clone()
    }

    async fn as_admin(&self, request: RequestBuilder, service: &'static str) -> Response {
        let request = signed(request.build().expect("a request"), service);
        self.http.execute(request).await.unwrap_or_else(|error| panic!("no answer of {service}: {error}"))
    }

    async fn aws(&self, target: &str, body: &Value) -> Value {
        let request = self.http.post(&self.about.aws_endpoint).header("x-amz-target", target);
        let request = request.header(CONTENT_TYPE, "application/x-amz-json-1.0").body(body.to_string());
        let response = self.as_admin(request, service(target)).await;
        assert!(response.status().is_success(), "{target}: {response:?}");
        let text = response.text().await.expect("a body");
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") }
    }
}

/// The service that a target of the JSON protocol belongs to, as signatures name it.
fn service(target: &str) -> &'static str {
    match target.split('.').next() {
        Some("AmazonSQS") => "sqs",
        Some("secretsmanager") => "secretsmanager",
        _ => "dynamodb",
    }
}

fn values(object: &Value) -> impl Iterator<Item = &Value> {
    object.as_object().into_iter().flat_map(Map::values)
}

/// An item of DynamoDB as usual JSON.
fn plain_item(item: &Value) -> Value {
    item.as_object().expect("an item").iter().map(|(name, value)| (name.clone(), plain(value))).collect()
}

fn plain(attribute: &Value) -> Value {
    let (kind, value) = attribute.as_object().and_then(|object| object.iter().next()).expect("a typed value");
    match kind.as_str() {
        "N" => serde_json::from_str(value.as_str().expect("a number as text")).expect("a number"),
        "M" => plain_item(value),
        "L" => value.as_array().expect("a list").iter().map(plain).collect(),
        "NULL" => Value::Null,
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_become_usual_json() {
        let item = json!({ "a": { "S": "x" }, "b": { "N": "7" }, "c": { "M": { "d": { "L": [{ "BOOL": true }] } } },
                           "e": { "NULL": true } });
        assert_eq!(plain_item(&item), json!({ "a": "x", "b": 7, "c": { "d": [true] }, "e": null }));
    }
}
