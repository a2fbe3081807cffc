package dev.freebind.formats.pytorch;

import dev.freebind.formats.ElementType;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The only names that a pickle may mention, and what each stands for here. */
final class PickleGlobals {

    /** Something a pickle may call; {@link TorchUnpickler} computes each from its arguments alone. */
    enum Call {
        /** {@code (storage, offset, size, stride, requires_grad, hooks[, metadata])}. */
        REBUILD_TENSOR,
        /** As {@link #REBUILD_TENSOR} with the element type as seventh argument, for storages without a type. */
        REBUILD_TYPED_TENSOR,
        /** {@code (tensor, requires_grad, hooks)}: the tensor. */
        REBUILD_PARAMETER,
        /** {@code ()} or {@code (pairs)}: a dictionary. */
        ORDERED_DICTIONARY,
        /** {@code (tuple)}: the lengths of a shape, a tuple. */
        SIZE,
        /** {@code (type[, index])}: the name of a device, a text. */
        DEVICE,
        /** {@code (list)}: a set, here a list. */
        SET,
        /** {@code (dtype, bytes)}: a number of NumPy's, as training scripts store their scores. */
        NUMPY_SCALAR,
        /** {@code (code, align, copy)}: NumPy's type of such a number. */
        NUMPY_TYPE,
        /** {@code (text, 'latin1')}: bytes, as protocol 2 writes them. */
        ENCODE
    }

    /**
     * The class of a storage.
     *
     * @param type of its elements; null if it only counts bytes
     */
    record StorageClass(@Nullable ElementType type) {}

    private static final Map<String, Object> ALLOWED = new HashMap<>();

    static {
        ALLOWED.put("torch._utils._rebuild_tensor_v2", Call.REBUILD_TENSOR);
        ALLOWED.put("torch._utils._rebuild_tensor_v3", Call.REBUILD_TYPED_TENSOR);
        ALLOWED.put("torch._utils._rebuild_parameter", Call.REBUILD_PARAMETER);
        ALLOWED.put("torch.Size", Call.SIZE);
        ALLOWED.put("torch.device", Call.DEVICE);
        ALLOWED.put("collections.OrderedDict", Call.ORDERED_DICTIONARY);
        ALLOWED.put("builtins.set", Call.SET);
        ALLOWED.put("__builtin__.set", Call.SET);
        ALLOWED.put("_codecs.encode", Call.ENCODE);
        ALLOWED.put("numpy.dtype", Call.NUMPY_TYPE);
        ALLOWED.put("numpy.core.multiarray.scalar", Call.NUMPY_SCALAR);
        ALLOWED.put("numpy._core.multiarray.scalar", Call.NUMPY_SCALAR);
        storage("Half", ElementType.F16, "float16", "half");
        storage("BFloat16", ElementType.BF16, "bfloat16");
        storage("Float", ElementType.F32, "float32", "float");
        storage("Double", ElementType.F64, "float64", "double");
        storage("Char", ElementType.I8, "int8");
        storage("Short", ElementType.I16, "int16", "short");
        storage("Int", ElementType.I32, "int32", "int");
        storage("Long", ElementType.I64, "int64", "long");
        storage("Byte", ElementType.U8, "uint8");
        storage("Bool", ElementType.BOOL, "bool");
        ALLOWED.put("torch.uint16", ElementType.U16);
        ALLOWED.put("torch.uint32", ElementType.U32);
        ALLOWED.put("torch.uint64", ElementType.U64);
        ALLOWED.put("torch.storage.UntypedStorage", new StorageClass(null));
        ALLOWED.put("torch.UntypedStorage", new StorageClass(null));
    }

    private PickleGlobals() {}

    private static void storage(String name, ElementType type, String... typeNames) {
        ALLOWED.put("torch." + name + "Storage", new StorageClass(type));
        ALLOWED.put("torch.cuda." + name + "Storage", new StorageClass(type));
        for (String typeName : typeNames) {
            ALLOWED.put("torch." + typeName, type);
        }
    }

    /** A {@link Call}, {@link StorageClass} or {@link ElementType}, or null if the name is not allowed. */
    static @Nullable Object find(String name) {
        return ALLOWED.get(name);
    }
}
