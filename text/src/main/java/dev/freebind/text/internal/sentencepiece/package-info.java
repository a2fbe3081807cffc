/** SentencePiece BPE models: a strict reader of their protobuf files, and the encoding of text into their pieces. */
@NullMarked
package dev.freebind.text.internal.sentencepiece;

import org.jspecify.annotations.NullMarked;
