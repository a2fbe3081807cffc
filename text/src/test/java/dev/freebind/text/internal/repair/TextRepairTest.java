package dev.freebind.text.internal.repair;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected values are what ftfy 6.3.1 and Python's {@code html.unescape} give. */
final class TextRepairTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "caf~00C3;~00A9;|caf~00E9;",
                "sch~00C3;~00B6;n ~00E2;~20AC;~0153;quoted~00E2;~20AC;~009D;|sch~00F6;n ~0022;quoted~0022;",
                "~00C3;~0192;~00C2;~00A9;t~00C3;~0192;~00C2;~00A9;|~00E9;t~00E9;",
                "~00C3;~00A0; la carte, voil~00C3; le travail|~00E0; la carte, voil~00E0; le travail",
                "~00F0;~0178;~02DC;~20AC; smile|~1F600; smile",
                "l~00E2;~20AC;~2122;~00C3;~00A9;t~00C3;~00A9; ~65E5;~672C;|l~0027;~00E9;t~00E9; ~65E5;~672C;",
                "~00E2;~20AC;~0153; lost ~00E2;~20AC;~FFFD;|~0022; lost ~FFFD;",
                "CAF~00C9;~2026; ~00C9;T~00C9; S~00C3;O|CAF~00C9;~2026; ~00C9;T~00C9; S~00C3;O",
                "na~00EF;ve fa~00E7;ade ~00E0; la carte|na~00EF;ve fa~00E7;ade ~00E0; la carte",
                "5~00B0; ~00B1;5 ~00A3;5 x~00B2; 10~00B5;m|5~00B0; ~00B1;5 ~00A3;5 x~00B2; 10~00B5;m",
                "~0093;smart~0094; it~0092;s|~0022;smart~0022; it~0027;s",
                "~201C;quotes~201D; ~2018;x~2019; ~02BC;y|~0022;quotes~0022; ~0027;x~0027; ~0027;y",
                "~FB01;sh o~FB03;ce ~0132;s ~01C6;|fish office IJs d~017E;",
                "~FF26;~FF35;~FF2C;~FF2C;~3000;~FF76;~FF80;~FF76;~FF85; ~FFE1;|FULL ~30AB;~30BF;~30AB;~30CA; ~00A3;",
                "line~000D;~000A;next~000D;last~2028;end~2029;|line~000A;next~000A;last~000A;end~000A;",
                "~001B;[31;1mred~001B;[0m|red",
                "bell~0007; bom~FEFF; obj~FFFC;|bell bom obj",
                "cafe~0301; ~1100;~1161;|caf~00E9; ~AC00;",
                "Tom &amp;amp; Jerry &eacute; P&EACUTE;REZ &nbsp;x|Tom & Jerry ~00E9; P~00C9;REZ ~00A0;x",
                "<b> &amp; &eacute;|<b> &amp; &eacute;",
                "a &lt; b~000A;c <i>~000A;d &lt; e|a < b~000A;c <i>~000A;d &lt; e",
                "&notit; &not &NotAName; &#39; &#x41; &#12ab;|&notit; &not &NotAName; ~0027; A &#12ab;",
                "~00D8;~00A7;~00D9;~201E;~00D8;~00B9;|~0627;~0644;~0639;",
                "~00D0;~00BF;~00D1;~20AC;~00D0;~00B8;~00D0;~00B2;~00D0;~00B5;~00D1;~201A;|~043F;~0440;~0438;~0432;~0435;~0442;",
                "~00ED;~2022;~0153;~00EA;~00B5;~00AD;|~D55C;~AD6D;",
                "l~0027;~0153;uvre ~0152;uvre|l~0027;~0153;uvre ~0152;uvre",
                "~00C2;~00A3;5 ~00C2;~00A9; 2020|~00A3;5 ~00A9; 2020",
                "~00AB;Oui~00BB; ~2014; ~00AB; non ~00BB;|~00AB;Oui~00BB; ~2014; ~00AB; non ~00BB;"
            })
    void damagedTextIsRepairedAsFtfyRepairsIt(String damaged, String repaired) {
        assertThat(TextRepair.repair(unescaped(damaged))).isEqualTo(unescaped(repaired));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "&lt;3 &gt &amp;amp; &notit; &notin; &ampx|<3 > &amp; ~00AC;it; ~2209; &x",
                "&#39;ok&#39 &#x1F600; &#128; &#129; &#0; &#xD800; &#1114112; &#99999999999;|~0027;ok~0027; ~1F600; ~20AC; ~0081; ~FFFD; ~FFFD; ~FFFD; ~FFFD;",
                "&#11;x&#x7f;y&#xFFFE;z &#13;|xyz ~000D;",
                "& && &; &# &#; &#x; &#xg; &a &~00E9;;|& && &; &# &#; &#x; &#xg; &a &~00E9;;",
                "&CounterClockwiseContourIntegral; &acE; &fjlig;|~2233; ~223E;~0333; fj",
                "&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;|&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;",
                "no references|no references"
            })
    void referencesAreReplacedAsPythonReplacesThem(String html, String plain) {
        assertThat(HtmlReferences.unescape(unescaped(html))).isEqualTo(unescaped(plain));
    }

    /** Resolves the escapes {@code ~hhhh;} of the tables above. */
    private static String unescaped(String text) {
        return Pattern.compile("~([0-9A-F]+);")
                .matcher(text)
                .replaceAll(match -> Character.toString(Integer.parseInt(match.group(1), 16)));
    }
}
