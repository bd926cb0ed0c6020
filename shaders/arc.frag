// A dark-edged ribbon on which chevrons run towards the target.
in vec2 at;
flat in float total;
flat in float flow;
flat in vec4 tone;
uniform float arc_strength, osg_FrameTime;
out vec4 color;
const float MARK_M = 0.9;

void main() {
    float soft = fwidth(at.y), side = abs(at.y);
    float body = 1.0 - smoothstep(0.55 - soft, 0.55 + soft, side);
    vec3 c = mix(vec3(0.04, 0.06, 0.08), tone.rgb, body);
    if (flow > 0.0) {
        float mark = max(MARK_M, total / 24.0);
        float s = at.x / mark - osg_FrameTime * flow + side * 0.35, f = min(fwidth(s), 0.5);
        float chevron = smoothstep(0.62 - f, 0.62 + f, fract(s)) * (1.0 - smoothstep(1.0 - f, 1.0, fract(s)));
        c = mix(c, mix(tone.rgb, vec3(1.0), 0.75), chevron * body);
    }
    float ends = smoothstep(0.0, 0.25, at.x) * smoothstep(0.0, 0.25, total - at.x);
    color = vec4(c, tone.a * arc_strength * ends * (1.0 - smoothstep(0.9, 1.0, side)));
}
