package dev.freebind.distribution.doctor;

import java.util.List;

/** The Java that runs this, and the system it runs on. */
record JavaCheck(Surroundings surroundings) implements Check {

    private static final int OLDEST = 17;

    @Override
    public List<Finding> run() {
        String java = surroundings.property("java.version") + " (" + surroundings.property("java.vendor") + "), "
                + surroundings.property("java.home");
        int feature = feature(surroundings.property("java.specification.version"));
        Finding version = feature >= OLDEST
                ? Finding.ok("Java", java)
                : Finding.problem("Java", java, "install JDK 17 or newer and set JAVA_HOME to it");
        return List.of(version, system());
    }

    private static int feature(String specification) {
        try {
            return Integer.parseInt(specification);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private Finding system() {
        String name = surroundings.property("os.name");
        String architecture = surroundings.property("os.arch");
        String found = name + " " + surroundings.property("os.version") + ", " + architecture + ", "
                + Runtime.getRuntime().availableProcessors() + " processors";
        boolean supported = (name.equals("Linux") && (architecture.equals("amd64") || architecture.equals("aarch64")))
                || (name.startsWith("Mac") && architecture.equals("aarch64"));
        return supported
                ? Finding.ok("System", found)
                : Finding.problem(
                        "System",
                        found,
                        "TensorFlow's native library exists for Linux x86-64, Linux ARM64 and macOS on Apple silicon; run"
                                + " FreeBind there, for example in WSL or a container");
    }
}
