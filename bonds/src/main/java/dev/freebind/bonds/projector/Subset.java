package dev.freebind.bonds.projector;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A non-empty set of start modalities; each such set has a projector trained on the union of its tuple sets.
 *
 * @param modalities the start modalities
 */
public record Subset(NavigableSet<Modality> modalities) implements Comparable<Subset> {

    /** The published checkpoints' letters, in their order within a code. */
    private static final Map<Modality, String> LETTERS =
            Map.of(Modality.IMAGE, "V", Modality.AUDIO, "A", Modality.TEXT, "T");

    private static final List<Modality> LETTER_ORDER = List.of(Modality.IMAGE, Modality.AUDIO, Modality.TEXT);

    /** Names in released folders that differ from ours. */
    private static final Map<String, String> RELEASED = Map.of("mix", "VAT", "AV", "VA", "TV", "VT");

    /**
     * Copies.
     *
     * @throws InvalidRequestException if there is no modality
     */
    public Subset {
        if (modalities.isEmpty()) {
            throw new InvalidRequestException("a subset of start modalities cannot be empty");
        }
        modalities = java.util.Collections.unmodifiableNavigableSet(new TreeSet<>(modalities));
    }

    /** The subset with these modalities. */
    public static Subset of(Collection<Modality> modalities) {
        return new Subset(new TreeSet<>(modalities));
    }

    /**
     * The short name: one of {@code A, V, T, AT, VA, VT, VAT} for audio, image and text, otherwise the modality names joined by
     * {@code +}.
     */
    public String code() {
        return LETTERS.keySet().containsAll(modalities)
                ? LETTER_ORDER.stream()
                        .filter(modalities::contains)
                        .map(LETTERS::get)
                        .collect(Collectors.joining())
                : modalities.stream().map(Modality::name).collect(Collectors.joining("+"));
    }

    /** The name of this subset's folder among the released checkpoints: {@code mix}, {@code AV} and {@code TV}, else the code. */
    public String releasedName() {
        String code = code();
        return RELEASED.entrySet().stream()
                .filter(name -> name.getValue().equals(code))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(code);
    }

    /**
     * Reads a code, also the released names {@code mix}, {@code AV} and {@code TV}.
     *
     * @throws InvalidRequestException if it is not one
     */
    public static Subset parse(String code) {
        String name = RELEASED.getOrDefault(code, code);
        List<Modality> modalities = new ArrayList<>();
        if (name.chars().allMatch(Character::isUpperCase)) {
            for (Modality modality : LETTER_ORDER) {
                if (name.contains(LETTERS.get(modality))) {
                    modalities.add(modality);
                }
            }
        } else {
            for (String part : name.split("\\+", -1)) {
                modalities.add(new Modality(part));
            }
        }
        if (modalities.isEmpty() || !of(modalities).code().equals(name)) {
            throw new InvalidRequestException("'" + code
                    + "' is not a subset of start modalities: use A, V, T, AT, VA, VT or VAT (audio, image, text), or names"
                    + " joined by '+', for example 'image+point'");
        }
        return of(modalities);
    }

    static List<Subset> of(Mixture mixture, List<Modality> starts, Collection<Modality> shared) {
        if (mixture instanceof Mixture.Joint) {
            return List.of(of(starts));
        }
        if (mixture instanceof Mixture.Shared) {
            List<Modality> sharedStarts =
                    starts.stream().filter(shared::contains).toList();
            if (sharedStarts.isEmpty()) {
                throw new InvalidRequestException(
                        "mixture: shared needs tuples that begin with a modality that both sides" + " know, "
                                + List.copyOf(shared) + ", and there are only those from " + starts);
            }
            return List.of(of(sharedStarts));
        }
        if (mixture instanceof Mixture.Listed listed) {
            for (Subset subset : listed.subsets()) {
                if (!starts.containsAll(subset.modalities())) {
                    throw new InvalidRequestException("mixture: subset " + subset.code()
                            + " names a modality from which no tuples are collected; there are " + starts);
                }
            }
            return listed.subsets().stream().sorted().toList();
        }
        List<Subset> all = new ArrayList<>();
        for (int bits = 1; bits < 1 << starts.size(); bits++) {
            List<Modality> chosen = new ArrayList<>();
            for (int i = 0; i < starts.size(); i++) {
                if ((bits >> i & 1) == 1) {
                    chosen.add(starts.get(i));
                }
            }
            all.add(of(chosen));
        }
        return all.stream().sorted().toList();
    }

    /** By size, then by code. */
    @Override
    public int compareTo(Subset other) {
        return Comparator.<Subset>comparingInt(subset -> subset.modalities.size())
                .thenComparing(Subset::code)
                .compare(this, other);
    }

    @Override
    public String toString() {
        return code();
    }
}
