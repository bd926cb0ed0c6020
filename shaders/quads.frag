// Signed distances in pixels, one pixel of softness; letters come from the atlas.
#include "shapes.glsl"
in vec2 at;
in vec2 uv;
flat in vec2 half_size;
flat in vec4 fill, edge, extra;
flat in float border, alpha;
flat in int kind;
uniform sampler2D atlas;
out vec4 color;
const float RADIUS_PX = 6.0;

float distance_to(float r) {
    if (kind == 1) return length(at) - r;
    if (kind == 2) return triangle(at, r);
    if (kind == 3) return (abs(at.x) + abs(at.y) - r * 1.12) * 0.7071;
    if (kind == 4) return abs(length(at) - r * 0.72) - r * 0.26;
    if (kind == 5) return cross_bars(at, r);
    return drop(at, r);
}

vec4 card() {
    float d = rounded(at, half_size, min(RADIUS_PX, half_size.y));
    float inside = 1.0 - smoothstep(-0.7, 0.7, d);
    vec4 c = mix(fill, edge, border > 0.0 ? smoothstep(-border - 0.7, -border + 0.7, d) : 0.0);
    float shadow = 0.35 * exp(-max(rounded(at + vec2(0.0, 2.0), half_size, RADIUS_PX), 0.0) * 0.35) * fill.a;
    return vec4(mix(vec3(0.0), c.rgb, inside), mix(shadow, c.a, inside));
}

vec4 icon() {
    float d = distance_to(half_size.x);
    float inside = 1.0 - smoothstep(-0.7, 0.7, d), rim = 1.0 - smoothstep(border - 0.7, border + 0.7, d);
    return vec4(mix(edge.rgb, fill.rgb, inside), max(inside * fill.a, rim * edge.a));
}

void main() {
    if (kind == 8) color = vec4(fill.rgb, fill.a * texture(atlas, uv).r);
    else if (kind == 7) color = vec4(fill.rgb, fill.a * (1.0 - smoothstep(border * 0.5 - 0.7, border * 0.5 + 0.7, stroke(at, extra.xy, extra.zw))));
    else if (kind == 6) color = vec4(fill.rgb, fill.a * (1.0 - smoothstep(-0.7, 0.7, abs(length(at) - half_size.x) - border * 0.5)));
    else if (kind == 0) color = card();
    else color = icon();
    color.a *= alpha;
    if (color.a < 0.004) discard;
}
