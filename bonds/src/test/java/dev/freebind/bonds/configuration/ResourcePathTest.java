package dev.freebind.bonds.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResourcePathTest {

    @ParameterizedTest
    @CsvSource({
        "a/../b.npy,         a/../b.npy,    /conf/b.npy,        /conf/b.npy",
        "/d/a-*.npy,         /d/a-*.npy,    /d/a-*.npy,         /d/a-*.npy",
        "${D}/a.npy,         /d/a.npy,      /d/a.npy,           ${D}/a.npy",
        "${D:-/e}/a.npy,     /e/a.npy,      /e/a.npy,           ${D:-/e}/a.npy",
        "${D}/a.npy,         d/a.npy,       /conf/d/a.npy,      /conf/d/a.npy",
        "sub/${D}/../a.npy,  sub/d/../a.npy, /conf/sub/a.npy,   /conf/sub/${D}/../a.npy"
    })
    void aPathMeansTheSameFileInAnotherFolder(String written, String expanded, String absolute, String portable) {
        ResourcePath path = new ResourcePath(written, expanded, Path.of("/conf"));

        assertThat(path.absolute()).isEqualTo(absolute);
        assertThat(path.portable()).isEqualTo(portable);
    }
}
