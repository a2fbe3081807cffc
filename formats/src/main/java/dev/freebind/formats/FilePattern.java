package dev.freebind.formats;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * A file name, or a glob for several: {@code *} and {@code ?} within a folder, {@code **} across folders ({@code a/**}{@code
 * /b.npy} also means {@code a/b.npy}), {@code [a-z]} and {@code {a,b}}. As in a shell, wildcards do not match names that begin
 * with a dot.
 *
 * @param text the pattern, absolute or relative to the working directory
 */
public record FilePattern(String text) {

    private static final String WILDCARDS = "*?[{\\";

    /**
     * The files that match, in natural order ({@code 2} before {@code 10}); just the path itself, file or folder, if there is
     * one of exactly this name.
     *
     * @return at least one
     * @throws DataException if nothing matches or a folder cannot be listed
     * @throws InvalidRequestException if this is not a valid pattern
     */
    public List<Path> files() {
        Path literal = literal();
        if (literal != null && Files.exists(literal)) {
            return List.of(literal);
        }
        if (!hasWildcard(text)) {
            throw new DataException("there is no file " + text);
        }
        List<Path> found = matches();
        if (found.isEmpty()) {
            throw new DataException("no file matches " + text);
        }
        found.sort(Comparator.comparing(Path::toString, NaturalOrder.INSTANCE));
        return found;
    }

    /**
     * Says whether a pattern matches any file, or names a file or folder.
     *
     * @throws DataException if a folder cannot be listed
     * @throws InvalidRequestException if it is not a valid pattern
     */
    public static boolean matchesAny(String pattern) {
        FilePattern files = new FilePattern(pattern);
        Path literal = files.literal();
        return (literal != null && Files.exists(literal))
                || (hasWildcard(pattern) && !files.matches().isEmpty());
    }

    private @Nullable Path literal() {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            // A wildcard that this platform does not allow in names.
            return null;
        }
    }

    private static boolean hasWildcard(String part) {
        return part.chars().anyMatch(c -> WILDCARDS.indexOf(c) >= 0);
    }

    private List<Path> matches() {
        int wildcard = 0;
        while (WILDCARDS.indexOf(text.charAt(wildcard)) < 0) {
            wildcard++;
        }
        int baseEnd = text.lastIndexOf('/', wildcard);
        String glob = text.substring(baseEnd + 1);
        Path base = Path.of(baseEnd < 0 ? "" : text.substring(0, baseEnd + 1));
        PathMatcher matcher = matcher(glob);
        int depth = glob.contains("**")
                ? Integer.MAX_VALUE
                : (int) glob.chars().filter(c -> c == '/').count() + 1;
        if (!Files.isDirectory(base)) {
            return new ArrayList<>();
        }
        List<Path> found = new ArrayList<>();
        try {
            Files.walkFileTree(
                    base, EnumSet.of(FileVisitOption.FOLLOW_LINKS), depth, new Collector(base, matcher, glob, found));
        } catch (IOException e) {
            throw FileErrors.cannotRead(base, e);
        }
        return found;
    }

    private PathMatcher matcher(String glob) {
        try {
            return FileSystems.getDefault().getPathMatcher("glob:" + withEmptyDoubleStars(glob));
        } catch (PatternSyntaxException e) {
            throw new InvalidRequestException(
                    "'" + text + "' is not a file pattern: " + e.getDescription() + "; close every '[' and '{'", e);
        }
    }

    /** Lets {@code **}{@code /} stand for no folder too, which Java's globs do not; they cannot nest braces, though. */
    private static String withEmptyDoubleStars(String glob) {
        return glob.indexOf('{') >= 0 ? glob : glob.replaceAll("(?<![^/])\\*\\*/", "{,**/}");
    }

    /** Gathers the files that match. */
    private static final class Collector extends SimpleFileVisitor<Path> {

        private final Path base;
        private final PathMatcher matcher;
        private final boolean hiddenToo;
        private final List<Path> found;

        Collector(Path base, PathMatcher matcher, String glob, List<Path> found) {
            this.base = base;
            this.matcher = matcher;
            this.hiddenToo = glob.startsWith(".") || glob.contains("/.");
            this.found = found;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return folder.equals(base) || !isHidden(folder) ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile() && !isHidden(file) && matcher.matches(base.relativize(file))) {
                found.add(file);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof FileSystemLoopException || e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE; // A link to a parent, or a file removed while we look.
            }
            throw e;
        }

        private boolean isHidden(Path path) {
            Path name = path.getFileName();
            return !hiddenToo && name != null && name.toString().startsWith(".");
        }
    }
}
