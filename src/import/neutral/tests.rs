//! What is written reads back, and looks as a person would have written it.
