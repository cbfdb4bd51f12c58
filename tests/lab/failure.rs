//! Why a test failed, in words.

use std::error::Error;

/// A failed step: any error, or what was seen instead of what was wanted.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// What a step of a test returns.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Returns a [`Failure`] with the message unless the condition holds; inside `until` that means "not yet".
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err($crate::lab::failure::Failure::from(format!($($message)+)));
        }
    };
}
pub(crate) use ensure;
