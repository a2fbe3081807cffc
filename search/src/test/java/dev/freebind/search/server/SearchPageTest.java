package dev.freebind.search.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The search page in a real browser. */
class SearchPageTest {

    @TempDir
    private static Path folder;

    private static ServedWorld world;
    private static Chromium browser;

    @BeforeAll
    static void start() throws Exception {
        Optional<Path> program = Chromium.program();
        Assumptions.assumeTrue(program.isPresent(), "no Chromium is installed; apt-get install chromium");
        world = new ServedWorld(Files.createDirectories(folder.resolve("world")));
        browser = new Chromium(program.get(), Files.createDirectories(folder.resolve("profile")));
    }

    @AfterAll
    static void stop() throws Exception {
        if (browser != null) {
            browser.close();
        }
        if (world != null) {
            world.close();
        }
    }

    private static void open(String query, String gallery) throws Exception {
        browser.open(world.server.address() + "?q=" + URLEncoder.encode(query, StandardCharsets.UTF_8) + "&gallery="
                + gallery);
    }

    private static String text(String selector) throws Exception {
        return browser.evaluate("document.querySelector('" + selector + "')?.innerText")
                .textValue();
    }

    @Test
    void aLinkWithAQueryShowsPicturesBestFirst() throws Exception {
        open("row:photos/0", "photos");

        assertThat(browser.evaluate("document.querySelectorAll('#hits > li').length")
                        .asInt())
                .isEqualTo(12);
        assertThat(text("#hits .label")).isEqualTo("image-0.png");
        assertThat(text("#hits .score")).isEqualTo("1.000");
        assertThat(text("#status")).startsWith("12 of 12 in photos (image)");
        browser.await("document.querySelector('#hits img').naturalWidth === 64");
    }

    @Test
    void thePageIsUsedByKeyboardAlone() throws Exception {
        browser.open(world.server.address().toString());
        browser.evaluate("document.activeElement.blur()");
        browser.press("/", 191, "/");
        browser.evaluate("document.querySelector('#gallery').value = 'texts'");
        browser.type("rain on a roof");
        browser.press("Enter", 13, "\r");
        browser.await("document.querySelector('#hits .label')");

        assertThat(text("#hits .label")).isEqualTo("rain on a roof");
        assertThat(browser.evaluate("location.search").textValue()).isEqualTo("?q=rain+on+a+roof&gallery=texts&k=20");
        assertThat(browser.evaluate("document.querySelector('#query').value").textValue())
                .isEqualTo("rain on a roof");
    }

    @Test
    void anAttachedFileJoinsTheQuery() throws Exception {
        browser.open(world.server.address().toString());
        browser.type("a dog");
        browser.choose("#file", world.folder.resolve("media/image-1.png"));
        browser.await("document.querySelector('#attached img')?.naturalWidth === 64");

        assertThat(browser.evaluate("document.querySelector('#query').value").textValue())
                .isEqualTo("\"a dog\" + image:\"image-1.png\"");
        browser.evaluate("document.querySelector('#query').value = '3*image:\"image-1.png\" - \"a dog\"'");
        browser.press("Enter", 13, "\r");
        browser.await("document.querySelector('#hits .label')");
        assertThat(text("#hits .label")).isEqualTo("image-1.png");

        browser.evaluate("document.querySelector('#attached button').click()");
        assertThat(browser.evaluate("document.querySelectorAll('#attached li').length")
                        .asInt())
                .isZero();
    }

    @Test
    void soundsPlay() throws Exception {
        open("row:sounds/1", "sounds");

        browser.evaluate("document.querySelector('#hits audio').play()");
        browser.await("document.querySelector('#hits audio').currentTime > 0");
        assertThat(browser.evaluate("document.querySelector('#hits audio').duration")
                        .asDouble())
                .isEqualTo(0.5);
    }

    @Test
    void moreAndLessLikeThisChangeTheQuery() throws Exception {
        open("row:sounds/1", "photos");

        browser.evaluate("document.querySelector('#hits button[title^=Less]').click()");
        browser.await("document.querySelector('#query').value.match(/^row:sounds.1 - row:photos.[0-9]+$/)");
        browser.await("!document.body.classList.contains('busy')");
        browser.evaluate("history.back()");
        browser.await("document.querySelector('#query').value === 'row:sounds/1'");
    }

    @Test
    void markupInMetadataIsShownAsText() throws Exception {
        for (String gallery : new String[] {"photos", "texts"}) {
            open("row:texts/2", gallery);
            browser.evaluate("document.querySelectorAll('#hits details').forEach(all => all.open = true)");
            browser.await(
                    "[...document.querySelectorAll('#hits img')].every(image => image.complete || image.loading)");

            assertThat(browser.evaluate(
                                    "document.querySelectorAll('#hits script, #hits [onerror], #hits [src=x]').length")
                            .asInt())
                    .isZero();
            assertThat(browser.evaluate("document.title").textValue()).isEqualTo("row:texts/2 – FreeBind search");
            assertThat(browser.evaluate("document.querySelector('#hits').innerText")
                            .textValue())
                    .contains(ServedWorld.HOSTILE, "javascript:document.title='owned'");
            assertThat(browser.evaluate("[...document.querySelectorAll('#hits a')].map(a => a.protocol).join()")
                            .textValue())
                    .isEqualTo("https:");
        }
    }

    @Test
    void mistakesAreShownWhereTheyAre() throws Exception {
        open("\"a\" \"b\"", "texts");

        assertThat(text("#error")).contains("at character 5", "  \"a\" \"b\"\n      ^");
        assertThat(browser.evaluate("document.querySelectorAll('#hits > li').length")
                        .asInt())
                .isZero();
    }

    @Test
    void nothingIsLoadedFromElsewhereAndNoRuleIsBroken() throws Exception {
        open("row:photos/0", "photos");

        assertThat(browser.violations()).isEmpty();
        assertThat(browser.requests())
                .isNotEmpty()
                .allSatisfy(address -> assertThat(address)
                        .matches(url -> url.startsWith(world.server.address().toString())
                                || url.startsWith("blob:")
                                || url.startsWith("data:")
                                || url.equals("about:blank")));
    }
}
