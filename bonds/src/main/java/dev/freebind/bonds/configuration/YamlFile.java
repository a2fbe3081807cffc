package dev.freebind.bonds.configuration;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.bonds.configuration.Variables.Expansion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * Reads one YAML 1.2 document into {@link YamlValue}s. No Java object is ever constructed from a file, and a hostile file is
 * refused before it costs much: bytes, depth and the number of values, aliases counted as often as they are used, are bounded.
 */
final class YamlFile {

    private static final int MOST_BYTES = 4 << 20;
    private static final int DEEPEST = 32;
    private static final int MOST_VALUES = 200_000;

    private static final Set<Tag> PLAIN_TAGS =
            Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.NULL, Tag.SEQ, Tag.MAP);

    private final Variables variables;
    private final ProblemList problems;
    private int values;

    private YamlFile(Variables variables, ProblemList problems) {
        this.variables = variables;
        this.problems = problems;
    }

    /**
     * Reads a file.
     *
     * @param problems gets what is wrong with single values, and the line of every key
     * @throws InvalidRequestException if there is no such file, or it is not YAML, or too much
     * @throws DataException if it cannot be read
     */
    static YamlValue read(Path file, Variables variables, ProblemList problems) {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(file.toString())
                .setSchema(new CoreSchema())
                .setAllowDuplicateKeys(true)
                // aliases are bounded in convert(), by what they repeat rather than by their number
                .setMaxAliasesForCollections(Integer.MAX_VALUE)
                .setCodePointLimit(MOST_BYTES)
                .build();
        try {
            String text = text(file, problems);
            bound(text, settings, problems);
            problems.throwIfAny();
            Optional<Node> root = new Compose(settings).composeString(text);
            if (root.isEmpty()) {
                problems.add(1, "", "the file is empty");
                problems.throwIfAny();
            }
            return new YamlFile(variables, problems).convert(root.orElseThrow(), "", 0);
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(YamlFile::line).orElse(1);
            String context = e.getContext() == null ? "" : e.getContext() + ": ";
            problems.add(line, "", "this is not YAML: " + context + e.getProblem());
        } catch (YamlEngineException e) {
            problems.add(1, "", "this is not YAML: " + e.getMessage());
        }
        problems.throwIfAny();
        throw new IllegalStateException("a problem was added and not thrown");
    }

    private static String text(Path file, ProblemList problems) {
        try {
            long size = Files.size(file);
            if (size > MOST_BYTES) {
                problems.add(1, "", "the file has " + size + " bytes; a configuration has at most " + MOST_BYTES);
                problems.throwIfAny();
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new InvalidRequestException(file + " is not a text in UTF-8", e);
        } catch (NoSuchFileException e) {
            throw new InvalidRequestException("there is no configuration file " + file, e);
        } catch (IOException e) {
            throw new DataException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Looks at the events alone, which takes constant memory and stack, before anything is built of them. */
    private static void bound(String text, LoadSettings settings, ProblemList problems) {
        int depth = 0;
        int events = 0;
        int documents = 0;
        for (Event event : new Parse(settings).parseString(text)) {
            int line = event.getStartMark().map(YamlFile::line).orElse(1);
            events++;
            if (event instanceof CollectionStartEvent) {
                depth++;
            } else if (event instanceof CollectionEndEvent) {
                depth--;
            } else if (event instanceof DocumentStartEvent) {
                documents++;
            }
            if (documents > 1) {
                problems.add(line, "", "a second document begins here; a configuration is one document");
                return;
            }
            if (depth > DEEPEST) {
                problems.add(line, "", "lists and mappings are nested more than " + DEEPEST + " deep");
                return;
            }
            if (events > MOST_VALUES) {
                problems.add(line, "", "there are more than " + MOST_VALUES + " values");
                return;
            }
        }
    }

    private static int line(Mark mark) {
        return mark.getLine() + 1;
    }

    private YamlValue convert(Node node, String key, int depth) {
        int line = node.getStartMark().map(YamlFile::line).orElse(1);
        problems.keyStands(key, line);
        // only aliases can lead deeper or to more values than the events did
        if (depth > DEEPEST || ++values > MOST_VALUES) {
            problems.add(line, key, "aliases repeat values without end or more than " + MOST_VALUES + " times");
            problems.throwIfAny();
        }
        boolean tagged = !PLAIN_TAGS.contains(node.getTag());
        if (tagged) {
            problems.add(line, key, "tag " + node.getTag() + " is not allowed; write a plain value");
        }
        if (node instanceof MappingNode mapping) {
            return new YamlValue.Mapping(line, key, entries(mapping, key, depth));
        }
        if (node instanceof SequenceNode sequence) {
            List<YamlValue> elements = new ArrayList<>();
            for (Node element : sequence.getValue()) {
                elements.add(convert(element, key + "[" + elements.size() + "]", depth + 1));
            }
            return new YamlValue.Sequence(line, key, elements);
        }
        ScalarNode scalar = (ScalarNode) node;
        Expansion expansion = variables.expand(scalar.getValue());
        if (expansion.problem() != null) {
            problems.add(line, key, expansion.problem());
        }
        return new YamlValue.Scalar(
                line,
                key,
                scalar.getValue(),
                expansion.text(),
                scalar.getScalarStyle() == ScalarStyle.PLAIN,
                tagged || expansion.problem() != null);
    }

    private Map<String, YamlValue> entries(MappingNode mapping, String path, int depth) {
        Map<String, YamlValue> entries = new LinkedHashMap<>();
        Map<String, Integer> lines = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            int line = tuple.getKeyNode().getStartMark().map(YamlFile::line).orElse(1);
            if (!(tuple.getKeyNode() instanceof ScalarNode keyNode)) {
                problems.add(line, path, "a key must be a name, not a list or mapping");
                continue;
            }
            String name = keyNode.getValue();
            String key = path.isEmpty() ? name : path + "." + name;
            if (name.equals("<<") && keyNode.getScalarStyle() == ScalarStyle.PLAIN) {
                problems.add(line, key, "YAML 1.2 has no merge key '<<'; write the values out, or use 'defaults'");
                continue;
            }
            Integer earlier = lines.putIfAbsent(name, line);
            if (earlier != null) {
                problems.add(line, key, "the key stands already in line " + earlier + "; keep one of them");
                continue;
            }
            problems.keyStands(key, line);
            entries.put(name, convert(tuple.getValueNode(), key, depth + 1));
        }
        return entries;
    }
}
