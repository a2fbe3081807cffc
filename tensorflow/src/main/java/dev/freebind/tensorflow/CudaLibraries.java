package dev.freebind.tensorflow;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The CUDA libraries that TensorFlow's GPU build opens by name, made available before TensorFlow loads.
 *
 * <p>With the Maven profile {@code gpu} they come as a jar. Each one is unpacked into JavaCPP's cache and loaded in an order in
 * which every library finds those it needs already there; TensorFlow then gets them by their names. Libraries that the jar
 * lacks are looked for by the system loader when TensorFlow wants them, so a CUDA installation on {@code LD_LIBRARY_PATH} works
 * as well. None of this runs, and no class of TensorFlow is touched, unless TensorFlow's GPU build is on the class path.
 */
public final class CudaLibraries {

    private static final Logger LOG = LoggerFactory.getLogger(CudaLibraries.class);

    private static final String GPU_BUILD = "/org/tensorflow/internal/c_api/linux-x86_64-gpu/libtensorflow_cc.so.2";
    private static final String FOLDER = "/org/bytedeco/cuda/linux-x86_64/";

    /** In the order of their dependencies. */
    private static final List<String> LIBRARIES = List.of(
            "libcudart.so.12",
            "libnvJitLink.so.12",
            "libcublasLt.so.12",
            "libcublas.so.12",
            "libcufft.so.11",
            "libcurand.so.10",
            "libcusparse.so.12",
            "libcusolver.so.11",
            "libnvrtc.so.12",
            "libcudnn.so.9",
            "libnccl.so.2");

    /** libcudnn.so.9 opens these itself, from its own folder, when it needs them: unpacking is enough. */
    private static final List<String> CUDNN_PARTS = List.of(
            "libcudnn_graph.so.9",
            "libcudnn_ops.so.9",
            "libcudnn_cnn.so.9",
            "libcudnn_adv.so.9",
            "libcudnn_heuristic.so.9",
            "libcudnn_engines_precompiled.so.9",
            "libcudnn_engines_runtime_compiled.so.9");

    private static @Nullable Preparation done;

    private CudaLibraries() {}

    /**
     * Unpacks and loads what is there; only the first call does something. The very first use on a machine unpacks about 4 GB,
     * TensorFlow included, which takes from 15 seconds to minutes and is said in the log. Never fails: what did not work is in
     * the result.
     */
    public static synchronized Preparation prepare() {
        Preparation known = done;
        if (known != null) {
            return known;
        }
        Preparation preparation = CudaLibraries.class.getResource(GPU_BUILD) == null
                ? new Preparation(false, List.of())
                : new Preparation(true, load());
        done = preparation;
        return preparation;
    }

    private static List<Library> load() {
        URL last = CudaLibraries.class.getResource(FOLDER + LIBRARIES.get(LIBRARIES.size() - 1));
        if (last != null && !isUnpacked(last)) {
            LOG.info("Unpacking TensorFlow and the CUDA libraries into {}: about 4 GB, this once", cacheFolder());
        }
        List<Library> found = new ArrayList<>();
        for (String part : CUDNN_PARTS) {
            found.add(provide(part, false));
        }
        for (String library : LIBRARIES) {
            found.add(provide(library, true));
        }
        return found;
    }

    private static Library provide(String name, boolean load) {
        URL resource = CudaLibraries.class.getResource(FOLDER + name);
        try {
            if (resource != null) {
                File file = Loader.cacheResource(resource);
                if (file == null) {
                    return new Library(name, Library.State.FAILED, "could not be unpacked into " + cacheFolder());
                }
                if (load) {
                    System.load(file.getAbsolutePath());
                }
                return new Library(name, Library.State.BUNDLED, file.getAbsolutePath());
            }
            return onLibraryPath(name)
                    .map(path -> new Library(name, Library.State.INSTALLED, path))
                    .orElseGet(() -> new Library(
                            name, Library.State.MISSING, "neither on the class path nor on LD_LIBRARY_PATH"));
        } catch (IOException | UnsatisfiedLinkError failure) {
            return new Library(name, Library.State.FAILED, String.valueOf(failure.getMessage()));
        }
    }

    private static Optional<String> onLibraryPath(String name) {
        String path = System.getenv("LD_LIBRARY_PATH");
        if (path == null) {
            return Optional.empty();
        }
        for (String folder : path.split(":", -1)) {
            Path file = Path.of(folder, name);
            if (!folder.isEmpty() && Files.exists(file)) {
                return Optional.of(file.toString());
            }
        }
        return Optional.empty();
    }

    /** Looks where JavaCPP keeps what it unpacks: under the name of the jar. A wrong guess costs a line in the log. */
    private static boolean isUnpacked(URL resource) {
        String jarAndEntry = resource.getPath();
        int entry = jarAndEntry.indexOf("!/");
        if (entry < 0) {
            return true;
        }
        try {
            String jar = jarAndEntry.substring(jarAndEntry.lastIndexOf('/', entry) + 1, entry);
            return Files.exists(Loader.getCacheDir().toPath().resolve(jar).resolve(jarAndEntry.substring(entry + 2)));
        } catch (IOException unusable) {
            return false;
        }
    }

    private static String cacheFolder() {
        try {
            return Loader.getCacheDir().toString();
        } catch (IOException unusable) {
            return "JavaCPP's cache";
        }
    }

    /**
     * A CUDA library and where it comes from.
     *
     * @param file its file name, for example {@code libcudart.so.12}
     * @param state whether and how it is there
     * @param detail the path it was found at, or what is wrong
     */
    public record Library(String file, State state, String detail) {

        /** Where a library comes from. */
        public enum State {
            /** Unpacked from the jar of the {@code gpu} profile, and loaded where it has to be. */
            BUNDLED,
            /** Found on {@code LD_LIBRARY_PATH}; TensorFlow opens it by name. */
            INSTALLED,
            /** Not found in either place; the system loader may still know it. */
            MISSING,
            /** There, but unpacking or loading failed. */
            FAILED
        }

        boolean isThere() {
            return state == State.BUNDLED || state == State.INSTALLED;
        }
    }

    /**
     * What {@link #prepare()} did.
     *
     * @param gpuBuild whether TensorFlow's GPU build is on the class path; if not, no library was looked for
     * @param libraries every library by name
     */
    public record Preparation(boolean gpuBuild, List<Library> libraries) {

        /** Copies. */
        public Preparation {
            libraries = List.copyOf(libraries);
        }

        /** Why there may be no GPU, and what to do: whole sentences for an error message. */
        public String explanation() {
            if (!gpuBuild) {
                return "This installation has TensorFlow's CPU build; build with `./mvnw -Pgpu package` on Linux x86-64 for"
                        + " the GPU build, or use --device cpu.";
            }
            String absent = libraries.stream()
                    .filter(library -> !library.isThere())
                    .map(library -> library.file() + " (" + library.detail() + ")")
                    .collect(Collectors.joining(", "));
            return absent.isEmpty()
                    ? "All CUDA libraries are there; check with `nvidia-smi` that the NVIDIA driver works, or use --device cpu."
                    : "CUDA libraries that are not there: " + absent
                            + "; install CUDA 12 with cuDNN 9 and put it on LD_LIBRARY_PATH, build with `./mvnw -Pgpu package`,"
                            + " or use --device cpu.";
        }
    }
}
