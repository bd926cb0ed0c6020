// Small deterministic noise and lines of constant width on the screen.
float hash(float n) { return fract(sin(n * 12.9898) * 43758.5453); }

float hash(vec2 p) {
    p = fract(p * vec2(0.3183, 0.3678) + 0.1);
    p += dot(p, p.yx + 19.19);
    return fract((p.x + p.y) * p.x * 17.31);
}

float noise(vec2 p) {
    vec2 i = floor(p), f = fract(p);
    f = f * f * (3.0 - 2.0 * f);
    return mix(mix(hash(i), hash(i + vec2(1, 0)), f.x), mix(hash(i + vec2(0, 1)), hash(i + vec2(1, 1)), f.x), f.y);
}

// 1 within `half_width` of 0, softened over one pixel.
float line_at(float x, float half_width) {
    return 1.0 - smoothstep(half_width, half_width + fwidth(x) * 1.2, abs(x));
}
