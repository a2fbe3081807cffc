/**
 * Tokenizers: a caption in, the token ids a text tower was trained on out, padded to its context length.
 *
 * <p>{@link dev.freebind.text.ClipTokenizer} serves ImageBind, {@link dev.freebind.text.RobertaTokenizer} CLAP and
 * {@link dev.freebind.text.LlamaTokenizer} InternVL-C; all are {@link dev.freebind.text.TextTokenizer}s. Vocabularies come
 * from the user's files; none is part of this module. Networks, checkpoints and embeddings live elsewhere.
 */
@NullMarked
package dev.freebind.text;

import org.jspecify.annotations.NullMarked;
