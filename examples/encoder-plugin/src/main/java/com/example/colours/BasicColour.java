package com.example.colours;

/** The eleven basic colour terms of Berlin and Kay (1969), each with a typical sRGB value. */
enum BasicColour {
    BLACK(0x000000),
    GREY(0x808080),
    WHITE(0xFFFFFF),
    RED(0xE00000),
    ORANGE(0xFF8000),
    YELLOW(0xFFE000),
    GREEN(0x00A000),
    BLUE(0x0040E0),
    PURPLE(0x8000A0),
    PINK(0xFF90B0),
    BROWN(0x804000);

    private final int rgb;

    BasicColour(int rgb) {
        this.rgb = rgb;
    }

    int rgb() {
        return rgb;
    }
}
