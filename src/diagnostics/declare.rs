//! How codes are declared.
//!
//! In: names with doc comments. Out: the enum, its names and its documentation, so that each is written once.

/// Declares the codes, so that the documentation exists once: as the doc comment.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $code:ident,)+) => {
        /// A stable diagnostic code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $doc])+ $code,)+
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Code] = &[$(Code::$code,)+];

            /// The code as printed, for instance `E0101`.
            pub fn id(self) -> &'static str {
                match self { $(Code::$code => stringify!($code),)+ }
            }

            /// The documentation: the first line is the title, Markdown follows.
            pub fn explanation(self) -> &'static str {
                match self { $(Code::$code => concat!($($doc, "\n"),+),)+ }
            }
        }
    };
}
