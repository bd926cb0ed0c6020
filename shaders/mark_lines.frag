// Round-ended strokes, dashed ones and arrows' heads: a dark edge first, then the colour.
noperspective in vec2 at;
flat in vec4 tone;
flat in float reach, half_px;
flat in int flags;
uniform float px_scale;
uniform vec3 stroke_pass;
out vec4 color;
const int SELECTED = 1, DASHED = 2, HEAD = 4, BARE = 8;
const vec3 DARK = vec3(0.04, 0.06, 0.08), CHOSEN = vec3(0.94, 0.894, 0.259);
const float DASH_PX = 9.0;

void main() {
    float away = length(vec2(at.x - clamp(at.x, 0.0, reach), at.y)) - half_px;
    if ((flags & HEAD) != 0) away = max(abs(at.y) * 0.93 - (reach - at.x) * 0.36, -at.x) - half_px;
    float alpha = tone.a * stroke_pass.y * (1.0 - smoothstep(-0.6, 0.6, away));
    if ((flags & DASHED) != 0 && (flags & HEAD) == 0) {
        float dash = abs(fract(at.x / (DASH_PX * px_scale)) - 0.5) * 2.0; // 1 in the middle of a gap
        alpha *= 1.0 - smoothstep(0.55, 0.7, dash);
    }
    bool edge = stroke_pass.z > 0.5;
    if (edge && (flags & BARE) != 0) discard;
    vec3 c = edge ? ((flags & SELECTED) != 0 ? CHOSEN : DARK) : tone.rgb;
    color = vec4(c, edge && (flags & SELECTED) == 0 ? alpha * 0.8 : alpha);
    if (color.a < 0.004) discard;
}
