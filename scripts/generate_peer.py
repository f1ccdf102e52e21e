"""The peer of `scripts/bench-generate`: ct-head in numpy and scipy, as one would write it by hand.

Reads lines `generate COUNT DIR` on stdin and answers each with seconds per image. Drawing,
blur, ramp noise and rounding are those of phantoms/ct/head.toml; shapes have partial volumes by
4 x 4 supersampling inside their boxes.
"""

import json
import os
import sys
import time
import tomllib

import numpy
import scipy.fft

SUPERSAMPLED = 4
RING_HOLE = 0.6
RAMP_FLOOR_PER_MM = 0.01


class Phantom:
    def __init__(self, path: str) -> None:
        with open(path, "rb") as file:
            self.file = tomllib.load(file)
        matrix = self.file["matrix"]
        self.rows, self.columns = matrix["rows"], matrix["columns"]
        self.spacing = matrix["pixel_spacing_mm"]
        ct = self.file["acquisition"]["ct"]
        fy = scipy.fft.fftfreq(self.rows, self.spacing)[:, None]
        fx = scipy.fft.rfftfreq(self.columns, self.spacing)[None, :]
        radial = numpy.hypot(fy, fx)
        mtf = 2.0 ** -((radial / ct["mtf50_per_mm"]) ** 2)
        self.blur = mtf / (numpy.sinc(fy * self.spacing) * numpy.sinc(fx * self.spacing))
        power = numpy.hypot(radial, RAMP_FLOOR_PER_MM) * mtf**2
        # Columns but the first and last stand for two of the full spectrum.
        weight = numpy.full(power.shape[1], 2.0)
        weight[[0, -1]] = 1.0
        mean = (power * weight).sum() / (self.rows * self.columns)
        self.noise = ct["sigma_hu"] * numpy.sqrt(power / mean)

    def box(self, center, extent):
        """Slices of the pixels within `extent` of `center`, and fine coordinates in mm."""
        slices, fine = [], []
        for middle, reach, size in zip(center, extent, (self.columns, self.rows)):
            low = int(numpy.floor((middle - reach) / self.spacing + size / 2))
            high = int(numpy.ceil((middle + reach) / self.spacing + size / 2)) + 1
            low, high = max(low, 0), min(high, size)
            steps = (numpy.arange((high - low) * SUPERSAMPLED) + 0.5) / SUPERSAMPLED
            slices.append(slice(low, high))
            fine.append((steps + low - size / 2) * self.spacing)
        return (slices[1], slices[0]), fine[0][None, :], fine[1][:, None]

    @staticmethod
    def coverage(inside):
        rows, columns = inside.shape
        blocks = inside.reshape(
            rows // SUPERSAMPLED, SUPERSAMPLED, columns // SUPERSAMPLED, SUPERSAMPLED
        )
        return blocks.mean(axis=(1, 3))

    def layer(self, values, layer, rng):
        center = layer.get("center_mm", [0.0, 0.0])
        a, b = layer["semi_axes_mm"]
        reach = max(a, b) + layer.get("undulation", {}).get("amplitude_mm", 0.0)
        angle = numpy.radians(layer.get("angle_deg", 0.0))
        tight = (reach, reach) if angle or "undulation" in layer else (a, b)
        box, x, y = self.box(center, tight)
        x, y = x - center[0], y - center[1]
        u = (x * numpy.cos(angle) + y * numpy.sin(angle)) / a
        v = (y * numpy.cos(angle) - x * numpy.sin(angle)) / b
        edge = 1.0
        if waves := layer.get("undulation"):
            theta = numpy.arctan2(v, u)
            cycles = waves["cycles"]
            total = sum(
                numpy.sin(k * theta + rng.uniform(0, 2 * numpy.pi))
                for k in (cycles, cycles * 3 // 2, cycles * 2)
            )
            edge = (1.0 + waves["amplitude_mm"] / ((a + b) / 2) * total / 3) ** 2
        share = self.coverage(u * u + v * v <= edge)
        values[box] += share * (layer["value_hu"] - values[box])

    def target(self, values, mask, number, target):
        shape, radius = target["class"], target["equivalent_radius_mm"]
        box, x, y = self.box(target["center_mm"], (1.6 * radius, 1.6 * radius))
        x, y = x - target["center_mm"][0], y - target["center_mm"][1]
        angle = numpy.radians(target["angle_deg"])
        u = x * numpy.cos(angle) + y * numpy.sin(angle)
        v = y * numpy.cos(angle) - x * numpy.sin(angle)
        if shape == "disk":
            inside = u * u + v * v <= radius**2
        elif shape == "ring":
            outer = radius / numpy.sqrt(1 - RING_HOLE**2)
            square = u * u + v * v
            inside = (square <= outer**2) & (square >= (RING_HOLE * outer) ** 2)
        elif shape == "square":
            half = radius * numpy.sqrt(numpy.pi) / 2
            inside = (abs(u) <= half) & (abs(v) <= half)
        elif shape == "triangle":
            rho = radius * numpy.sqrt(4 * numpy.pi / (3 * numpy.sqrt(3)))
            inside = (v <= rho / 2) & (numpy.sqrt(3) * abs(u) - v <= rho)
        else:
            half = radius * numpy.sqrt(numpy.pi / 5) / 2
            inside = (abs(u) <= half) & (abs(v) <= 3 * half)
            inside |= (abs(v) <= half) & (abs(u) <= 3 * half)
        share = self.coverage(inside)
        values[box] += share * target["contrast_hu"]
        mask[box][share >= 0.5] = number + 1

    def draw(self, rng):
        targets = self.file["targets"]
        values = numpy.full((self.rows, self.columns), self.file["matrix"]["surround_hu"])
        mask = numpy.zeros((self.rows, self.columns), numpy.uint8)
        for layer in self.file["background"]:
            self.layer(values, layer, rng)
        truth = []
        side = targets["region_pixels"]
        holder = next(x for x in self.file["background"] if x["name"] == targets["inside"])
        a, b = holder["semi_axes_mm"]
        for row in range(0, self.rows - side + 1, side):
            for column in range(0, self.columns - side + 1, side):
                corners = [(column, row), (column + side, row)]
                corners += [(column, row + side), (column + side, row + side)]
                if any(
                    ((x - self.columns / 2) * self.spacing / a) ** 2
                    + ((y - self.rows / 2) * self.spacing / b) ** 2
                    > 1
                    for x, y in corners
                ):
                    continue
                if rng.uniform() < targets["absent_fraction"]:
                    truth.append({"class": "absent", "region": [row, column, side]})
                    continue
                number = int(rng.integers(len(targets["shapes"])))
                offset = rng.uniform(-targets["offset_mm"], targets["offset_mm"], 2)
                x = (column + side / 2 - self.columns / 2) * self.spacing + offset[0]
                y = (row + side / 2 - self.rows / 2) * self.spacing + offset[1]
                target = {
                    "class": targets["shapes"][number],
                    "region": [row, column, side],
                    "center_mm": [x, y],
                    "equivalent_radius_mm": rng.uniform(
                        *targets["equivalent_radius_mm"]["uniform"]
                    ),
                    "angle_deg": rng.uniform(0, 360),
                    "contrast_hu": rng.uniform(*targets["contrast_hu"]["uniform_magnitude"])
                    * rng.choice([-1, 1]),
                }
                self.target(values, mask, number, target)
                truth.append(target)
        return values, mask, truth

    def image(self, seed):
        rng = numpy.random.default_rng(seed)
        values, mask, truth = self.draw(rng)
        white = rng.standard_normal((self.rows, self.columns))
        spectrum = scipy.fft.rfft2(values) * self.blur + scipy.fft.rfft2(white) * self.noise
        physical = scipy.fft.irfft2(spectrum, s=(self.rows, self.columns))
        matrix = self.file["matrix"]
        slope, intercept = matrix["rescale"]["slope"], matrix["rescale"]["intercept"]
        stored = numpy.floor((physical - intercept) / slope + 0.5)
        peak = 2 ** matrix["bits_stored"] - 1
        return numpy.clip(stored, 0, peak).astype(numpy.uint16), mask, truth


def main() -> None:
    phantom = Phantom("phantoms/ct/head.toml")
    print("ready", flush=True)
    for line in sys.stdin:
        _, count, directory = line.split()
        began = time.perf_counter()
        os.makedirs(directory)
        with open(os.path.join(directory, "metadata.jsonl"), "w") as lines:
            for index in range(int(count)):
                image, mask, truth = phantom.image(index)
                numpy.save(os.path.join(directory, f"{index:06}.npy"), image)
                numpy.save(os.path.join(directory, f"{index:06}.mask.npy"), mask)
                lines.write(json.dumps({"index": index, "targets": truth}) + "\n")
        print((time.perf_counter() - began) / int(count), flush=True)


if __name__ == "__main__":
    main()
