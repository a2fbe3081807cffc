package dev.freebind.distribution.command;

import dev.freebind.distribution.console.Console;
import dev.freebind.distribution.doctor.Doctor;
import dev.freebind.distribution.doctor.Finding;
import dev.freebind.distribution.workflow.InstalledVersion;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code freebind doctor}: what is installed, what is missing, how to fix it. */
@Command(
        name = "doctor",
        description = {
            "Shows the JDK, TensorFlow, devices, memory, disk and plugins, what is missing and how to fix it.",
            "Exit code 1 if something that is needed does not work."
        })
public final class DoctorCommand implements Callable<Integer> {

    private final Console console;
    private final Provider<Doctor> doctor;

    @Inject
    DoctorCommand(Console console, Provider<Doctor> doctor) {
        this.console = console;
        this.doctor = doctor;
    }

    @Override
    public Integer call() {
        List<Finding> findings = doctor.get().examine();
        console.out().println("FreeBind " + InstalledVersion.number());
        for (Finding finding : findings) {
            console.out()
                    .println(String.format(
                            Locale.ROOT,
                            "%-8s %-11s %s",
                            finding.level().name().toLowerCase(Locale.ROOT),
                            finding.subject(),
                            finding.found()));
            if (!finding.advice().isEmpty()) {
                console.out().println(" ".repeat(21) + "→ " + finding.advice());
            }
        }
        return findings.stream().anyMatch(finding -> finding.level() == Finding.Level.PROBLEM) ? 1 : 0;
    }
}
