/**
 * Byte pair encoding: joining neighbouring symbols by rank in n log n time
 * ({@link dev.freebind.text.internal.bpe.PairMerging}), and its byte-level form with the merge files of CLIP, GPT-2 and
 * RoBERTa. The SentencePiece tokenizer uses the same merging with other rules.
 */
@NullMarked
package dev.freebind.text.internal.bpe;

import org.jspecify.annotations.NullMarked;
