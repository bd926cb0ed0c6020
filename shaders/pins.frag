// A drop in the colour of the priority with the shape of the type, and a label with the number.
#include "shapes.glsl"
in vec2 at;
flat in float number, count, size, faint, letters;
flat in int shape, tone, standing, flags;
uniform vec4 label;
uniform sampler2D atlas;
uniform vec4 letter_uvs[13];   // 0 to 9, number sign, times sign, exclamation mark
uniform vec4 letter_boxes[13]; // pixels from where a letter begins, at the size of an open pin
uniform vec3 tones[5];
out vec4 color;
const vec3 PANEL = vec3(0.102, 0.129, 0.165), INK = vec3(0.902, 0.929, 0.953), DARK = vec3(0.043, 0.059, 0.078);
const float RADIUS = 14.0;
const int NUMBER_SIGN = 10, TIMES = 11, MARK = 12;

float soft(float d) { return 1.0 - smoothstep(-0.7, 0.7, d * size); }

float type_shape(vec2 p) {
    const float r = 5.2;
    if (shape == 1) return max(abs(p.x), abs(p.y)) - r * 0.80;
    if (shape == 2) return abs(length(p) - r * 0.74) - r * 0.28;
    if (shape == 3) return triangle(p, r * 1.15);
    if (shape == 4) return (abs(p.x) + abs(p.y) - r * 1.16) * 0.7071;
    if (shape == 5) return cross_bars(p, r * 1.15);
    return length(p) - r * 0.82;
}

int letter_at(int place) {
    bool many = count > 1.5;
    int digits = int(log(max(number, 1.0)) / log(10.0) + 1e-4) + 1;
    if (place == 0) return many ? TIMES : NUMBER_SIGN;
    if (place > digits) return MARK;
    return int(mod(floor(number / pow(10.0, float(digits - place)) + 1e-3), 10.0));
}

float ink_at(vec2 p) {
    float place = floor((p.x - label.x) / label.z);
    if (place < 0.0 || place >= letters) return 0.0;
    int letter = letter_at(int(place));
    vec4 box = letter_boxes[letter], uv = letter_uvs[letter];
    vec2 share = (vec2(p.x - label.x - place * label.z, p.y - label.y) - box.xy) / (box.zw - box.xy);
    if (any(lessThan(share, vec2(0.0))) || any(greaterThan(share, vec2(1.0)))) return 0.0;
    return textureLod(atlas, mix(uv.xy, uv.zw, share), 0.0).r;
}

vec4 over(vec4 below, vec3 c, float a) { return vec4(mix(below.rgb, c, a), max(below.a, a)); }

void main() {
    vec3 own = tones[tone];
    bool hollow = standing >= 2, many = count > 1.5, orphan = (flags & 1) != 0;
    float width = letters * label.z + 8.0;
    vec2 middle = vec2(label.x + width * 0.5 - 4.0, 18.0), half_size = vec2(width * 0.5, 10.0);
    float chip = rounded(at - middle, half_size, 5.0);
    vec4 c = vec4(DARK, 0.0);
    if (many) c = over(c, own, soft(abs(rounded(at - middle - vec2(0.0, 3.0), half_size, 5.0)) - 0.7));
    c = over(c, own, soft(chip - 1.2));
    c = over(c, PANEL, soft(chip));
    c = over(c, INK, ink_at(at));
    float body = drop(at - vec2(0.0, RADIUS), RADIUS);
    float turn = atan(at.x, at.y - 18.0) / 6.2832;
    float edge = orphan ? step(0.42, fract(turn * 9.0)) : 1.0;
    c = over(c, DARK, soft(body - 1.8) * 0.9 * edge);
    c = over(c, own, soft(body) * (orphan && hollow ? edge : 1.0));
    if (hollow || orphan) c = over(c, PANEL, soft(body + 2.2));
    else if (standing == 1) c = over(c, own * 0.45, soft(max(body + 1.6, at.y - 18.0)));
    c = over(c, hollow || orphan ? own : DARK, soft(type_shape(at - vec2(0.0, 18.2))));
    color = vec4(c.rgb, c.a * faint);
    if (color.a < 0.004) discard;
}
