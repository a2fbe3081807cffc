"""Writes the sample files below src/test/resources (run there) with NumPy and the official safetensors library."""

import struct
import numpy as np
from numpy.lib import format as npy
from safetensors import TensorSpec, serialize_file

rows = np.arange(12, dtype="f8").reshape(3, 4) / 8 - 0.5
for code in ("f2", "f4", "f8"):
    np.save(f"numpy/{code}.npy", rows.astype("<" + code))
for code in ("f2", "f4", "f8", "i2"):
    np.save(f"numpy/{code}-big-endian.npy", (rows * 8).astype(">" + code))
for version in ((2, 0), (3, 0)):
    with open(f"numpy/version-{version[0]}.npy", "wb") as file:
        npy.write_array(file, rows.astype("<f4"), version=version)
for code in ("i1", "i2", "i4", "i8"):
    np.save(f"numpy/{code}.npy", np.array([-3, 0, 100], code))
for code in ("u1", "u2", "u4", "u8"):
    np.save(f"numpy/{code}.npy", np.array([3, 0, 200], code))
np.save("numpy/bool.npy", np.array([True, False, True]))
np.save("numpy/scalar.npy", np.float32(2.5))
np.save("numpy/cube.npy", np.arange(24, dtype="i4").reshape(2, 3, 4))
np.save("numpy/no-rows.npy", np.zeros((0, 4), "f4"))
np.save("numpy/fortran.npy", np.asfortranarray(rows.astype("f4")))
np.save("numpy/objects.npy", np.array([[1.0, "a"]], dtype=object), allow_pickle=True)
np.save("numpy/structured.npy", np.zeros(3, dtype=[("a", "f4"), ("b", "i4")]))
np.save("numpy/texts.npy", np.array(["a", "bc"]))
np.save("numpy/complex.npy", np.zeros((2, 2), "c8"))
np.savez("numpy/stored.npz", rows=rows.astype("f4"), labels=np.array([1, 2, 3]))
np.savez_compressed("numpy/compressed.npz", rows=rows.astype("f4"), labels=np.array([1, 2, 3]))

values = [1.0, -2.5, 0.0, 3.140625]
brain = np.array([int.from_bytes(struct.pack("<f", v)[2:], "little") for v in values], "<u2")
arrays = {
    "half": ("float16", np.array(values, "<f2").reshape(2, 2)),
    "brain": ("bfloat16", brain),
    "single": ("float32", np.array(values, "<f4").reshape(4, 1)),
    "double": ("float64", np.array(values, "<f8").reshape(1, 4)),
    "long": ("int64", np.array(-7, "<i8")),
    "int": ("int32", np.array([-1, 2], "<i4")),
    "byte": ("uint8", np.array([0, 127, 255], "u1")),
    "truth": ("bool", np.array([True, False])),
    "nothing": ("float32", np.zeros((0, 5), "<f4")),
}
serialize_file(
    {
        name: TensorSpec(dtype=dtype, shape=array.shape, data_ptr=array.ctypes.data, data_len=array.nbytes)
        for name, (dtype, array) in arrays.items()
    },
    "official/every-type.safetensors",
    {"format": "pt", "note": "grüße"},
)
