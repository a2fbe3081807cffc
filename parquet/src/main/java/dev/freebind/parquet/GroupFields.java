package dev.freebind.parquet;

import dev.freebind.search.metadata.MetadataRow;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/** Turns records of Parquet's object model into plain values. */
final class GroupFields {

    private GroupFields() {}

    /** A row's fields; bytes that are no text are told by their number only. */
    static MetadataRow row(Group record) {
        return new MetadataRow(fields(record));
    }

    private static Map<String, @Nullable Object> fields(Group group) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        GroupType type = group.getType();
        for (int field = 0; field < type.getFieldCount(); field++) {
            fields.put(type.getFieldName(field), value(group, field));
        }
        return fields;
    }

    private static @Nullable Object value(Group group, int field) {
        Type type = group.getType().getType(field);
        int count = group.getFieldRepetitionCount(field);
        if (type.isRepetition(Type.Repetition.REPEATED)) {
            List<@Nullable Object> values = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                values.add(value(group, field, i));
            }
            return values;
        }
        return count == 0 ? null : value(group, field, 0);
    }

    private static @Nullable Object value(Group group, int field, int index) {
        Type type = group.getType().getType(field);
        if (type.isPrimitive()) {
            return primitive(group, field, index);
        }
        Group inner = group.getGroup(field, index);
        boolean list = type.getLogicalTypeAnnotation() instanceof ListLogicalTypeAnnotation
                && inner.getType().getFieldCount() == 1;
        return list ? elements(inner) : fields(inner);
    }

    /** A list's one repeated field holds its elements, either themselves or each in a group of one. */
    private static List<@Nullable Object> elements(Group list) {
        Type repeated = list.getType().getType(0);
        boolean wrapped = !repeated.isPrimitive() && repeated.asGroupType().getFieldCount() == 1;
        List<@Nullable Object> values = new ArrayList<>();
        for (int i = 0; i < list.getFieldRepetitionCount(0); i++) {
            values.add(wrapped ? value(list.getGroup(0, i), 0) : value(list, 0, i));
        }
        return values;
    }

    private static @Nullable Object primitive(Group group, int field, int index) {
        Type type = group.getType().getType(field);
        LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
        return switch (type.asPrimitiveType().getPrimitiveTypeName()) {
            case BOOLEAN -> group.getBoolean(field, index);
            case FLOAT -> group.getFloat(field, index);
            case DOUBLE -> group.getDouble(field, index);
            case INT32 ->
                meaning instanceof DateLogicalTypeAnnotation
                        ? LocalDate.ofEpochDay(group.getInteger(field, index)).toString()
                        : whole(group.getInteger(field, index), meaning);
            case INT64 -> whole(group.getLong(field, index), meaning);
            case INT96, BINARY, FIXED_LEN_BYTE_ARRAY ->
                bytes(
                        type.asPrimitiveType().getPrimitiveTypeName()
                                        == org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT96
                                ? group.getInt96(field, index)
                                : group.getBinary(field, index),
                        meaning);
        };
    }

    private static Object whole(long value, @Nullable LogicalTypeAnnotation meaning) {
        if (meaning instanceof DecimalLogicalTypeAnnotation decimal) {
            return BigDecimal.valueOf(value, decimal.getScale());
        }
        return value;
    }

    private static Object bytes(Binary value, @Nullable LogicalTypeAnnotation meaning) {
        if (meaning instanceof DecimalLogicalTypeAnnotation decimal) {
            return new BigDecimal(new BigInteger(value.getBytes()), decimal.getScale());
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(value.toByteBuffer())
                    .toString();
        } catch (CharacterCodingException e) {
            return value.length() + " bytes";
        }
    }
}
