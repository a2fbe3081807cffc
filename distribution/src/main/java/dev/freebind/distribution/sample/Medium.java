package dev.freebind.distribution.sample;

import dev.freebind.api.Modality;
import org.jspecify.annotations.Nullable;

/**
 * What an item of the sample worlds is given as.
 *
 * @param name of its files and of its random numbers
 * @param modality what embeds it
 * @param subject what a caption describes; null for what describes nothing, or everything
 */
record Medium(String name, Modality modality, @Nullable Modality subject) {

    static final Medium SOUND = new Medium("audio", Modality.AUDIO, null);
    static final Medium PICTURE = new Medium("image", Modality.IMAGE, null);

    /** A text that says what can be heard as well as what can be seen. */
    static final Medium TEXT = new Medium("text", Modality.TEXT, null);

    /** A text that says what can be heard, and little of what can be seen. */
    static final Medium SOUND_CAPTION = new Medium("sound-caption", Modality.TEXT, Modality.AUDIO);

    /** A text that says what can be seen, and little of what can be heard. */
    static final Medium PHOTO_CAPTION = new Medium("photo-caption", Modality.TEXT, Modality.IMAGE);
}
