package com.example.colours;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.spi.encoders.EncoderOption;
import dev.freebind.spi.encoders.EncoderOptions;
import dev.freebind.spi.encoders.EncoderProvider;
import java.util.List;
import java.util.OptionalInt;

/** Offers an encoder of colours: images by the colours they show, texts by the colours they name. */
public final class ColourProvider implements EncoderProvider {

    private static final String WORDS = "words";
    private static final String PART = "part";
    private static final String SOFTNESS = "softness";

    private static final List<Modality> MODALITIES = List.of(Modality.IMAGE, Modality.TEXT);

    /** For the service loader. */
    public ColourProvider() {}

    @Override
    public String name() {
        return "colours";
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public List<Modality> modalities() {
        return MODALITIES;
    }

    @Override
    public OptionalInt dimension() {
        return OptionalInt.of(BasicColour.values().length);
    }

    @Override
    public List<EncoderOption> options() {
        return List.of(
                EncoderOption.optional(
                        WORDS,
                        EncoderOption.Type.PATH,
                        null,
                        "A text file of more colour words, one in a line, like: crimson #dc143c."),
                EncoderOption.choice(PART, ImagePart.WHOLE, "Which pixels of an image count."),
                EncoderOption.optional(
                        SOFTNESS,
                        EncoderOption.Type.NUMBER,
                        "15",
                        "How far a colour may lie from a basic one and still count as it, in CIELAB units."));
    }

    @Override
    public String licenceNote() {
        return "Nothing is learned, so there are no weights and nothing to license.";
    }

    @Override
    public Encoder open(String spaceName, EncoderOptions options) {
        double softness = options.number(SOFTNESS).orElseThrow();
        if (softness <= 0) {
            throw new InvalidRequestException(
                    "encoder 'colours': option 'softness' is " + softness + "; it must be positive");
        }
        BasicColours colours = new BasicColours(softness);
        ColourWords words = options.path(WORDS).map(ColourWords::read).orElse(ColourWords.BASIC);
        ImagePart part = options.choice(PART, ImagePart.class).orElseThrow();
        return new ColourEncoder(
                new EmbeddingSpace(spaceName, BasicColour.values().length, MODALITIES), colours, words, part);
    }
}
