package dev.freebind.formats;

import dev.freebind.api.DataException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;

/** Says in words why a file could not be read or written. */
public final class FileErrors {

    private FileErrors() {}

    /** The error for a file that could not be read, naming the file and the cause. */
    public static DataException cannotRead(Path file, IOException cause) {
        return new DataException("cannot read " + file + ": " + inWords(file, cause), cause);
    }

    /** The error for a file that could not be written, naming the file and the cause. */
    public static DataException cannotWrite(Path file, IOException cause) {
        return new DataException("cannot write " + file + ": " + inWords(file, cause), cause);
    }

    private static String inWords(Path file, IOException cause) {
        String detail = cause instanceof FileSystemException failure && failure.getReason() != null
                ? failure.getReason()
                : String.valueOf(cause.getMessage());
        String lower = detail.toLowerCase(Locale.ROOT);
        if (lower.contains("no space left") || lower.contains("not enough space")) {
            return "the disk is full; free some space and run again";
        }
        if (lower.contains("quota")) {
            return "the disk quota is used up; free some space and run again";
        }
        if (lower.contains("read-only")) {
            return "the file system is read-only";
        }
        if (lower.contains("not a directory")
                || cause instanceof NotDirectoryException
                || cause instanceof FileAlreadyExistsException) {
            return "a part of its path is a file, not a folder";
        }
        if (lower.contains("is a directory") || cause instanceof DirectoryNotEmptyException) {
            return "it is a folder";
        }
        if (cause instanceof NoSuchFileException missing) {
            return file.toString().equals(missing.getFile())
                    ? "there is no such file"
                    : "there is no " + missing.getFile();
        }
        if (cause instanceof AccessDeniedException denied) {
            return "permission denied" + (file.toString().equals(denied.getFile()) ? "" : " for " + denied.getFile());
        }
        if (cause instanceof ClosedByInterruptException) {
            return "interrupted";
        }
        return detail;
    }
}
