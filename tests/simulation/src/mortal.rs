//! A run that ends in the middle.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// A future that is dropped where it waits for the so-manieth time.
#[derive(Debug)]
pub struct DiesAt<F> {
    future: Option<Pin<Box<F>>>,
    waits_left: Rc<Cell<Option<usize>>>,
}

impl<F: Future> DiesAt<F> {
    /// Dies when it waits with no waits left; `None` means never. The number is shared, so that the next one goes on with
    /// it; whoever dies sets it to `None`.
    pub fn new(future: F, waits_left: Rc<Cell<Option<usize>>>) -> Self {
        Self { future: Some(Box::pin(future)), waits_left }
    }
}

impl<F: Future> Future for DiesAt<F> {
    /// `None` when it died.
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = self.future.as_mut() else { return Poll::Ready(None) };
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        match self.waits_left.get() {
            Some(0) => {
                self.waits_left.set(None);
                self.future = None;
                Poll::Ready(None)
            }
            left => {
                self.waits_left.set(left.map(|left| left - 1));
                Poll::Pending
            }
        }
    }
}
