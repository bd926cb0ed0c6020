// One flat shape for each record, beside a point of the scene; drawn by quads.frag.
in vec4 p3d_Vertex;
uniform samplerBuffer mark_labels; // six texels each, see scene/quads.py; the last is a point, and its reach
uniform mat4 clip_from_scene;
uniform vec3 eye;
uniform vec2 window_size;
uniform float metre_px; // pixels of a metre at a distance of a metre, or with a flat lens at any
uniform sampler2D scene_depth;
out vec2 at;
out vec2 uv;
flat out vec2 half_size;
flat out vec4 fill, edge, extra;
flat out float border, alpha;
flat out int kind;
const float MARGIN_PX = 8.0, BEHIND = 0.00004, NEAREST = 0.05;
// A label stands a little before the surface on which its point lies, as lines do.
const float LIFT_M = 0.02, LIFT_SHARE = 0.003;
const vec4 NOT_DRAWN = vec4(2.0, 2.0, 2.0, 1.0);

float seen(vec3 point) {
    float sum = 0.0;
    for (int i = 0; i < 4; i++) {
        vec2 d = vec2((i & 1) * 2 - 1, (i >> 1) * 2 - 1) * 3.0 / window_size;
        sum += step(point.z - BEHIND, textureLod(scene_depth, point.xy + d, 0.0).r);
    }
    return sum / 4.0;
}

void main() {
    int row = gl_InstanceID * 6;
    vec4 anchor = texelFetch(mark_labels, row + 5);
    vec4 clip = clip_from_scene * vec4(anchor.xyz, 1.0);
    bool flat_lens = clip_from_scene[0][3] == 0.0 && clip_from_scene[1][3] == 0.0 && clip_from_scene[2][3] == 0.0;
    vec3 ndc = clip.xyz / max(clip.w, NEAREST);
    // What is too small on the screen keeps its label back; a reach of 0 is always shown.
    float size_px = anchor.w * metre_px / (flat_lens ? 1.0 : max(clip.w, NEAREST));
    float shown = anchor.w > 0.0 ? smoothstep(18.0, 26.0, size_px) : 1.0;
    if (clip.w < NEAREST || any(greaterThan(abs(ndc), vec3(1.2))) || shown <= 0.0) {
        gl_Position = NOT_DRAWN;
        return;
    }
    vec4 box = texelFetch(mark_labels, row), more = texelFetch(mark_labels, row + 3);
    extra = texelFetch(mark_labels, row + 4);
    fill = texelFetch(mark_labels, row + 1);
    edge = texelFetch(mark_labels, row + 2);
    kind = int(more.x + 0.5);
    border = more.y;
    half_size = box.zw;
    vec3 towards = eye - anchor.xyz;
    vec4 before = clip_from_scene * vec4(anchor.xyz + towards * (LIFT_SHARE + LIFT_M / max(length(towards), 0.1)), 1.0);
    float depth = before.z / max(before.w, NEAREST) * 0.5 + 0.5;
    alpha = shown * more.z * mix(more.w, 1.0, seen(vec3(ndc.xy * 0.5 + 0.5, depth)));
    bool glyph = kind == 8;
    at = p3d_Vertex.xy * (box.zw + (glyph ? 0.0 : MARGIN_PX));
    uv = mix(extra.xy, extra.zw, p3d_Vertex.xy * 0.5 + 0.5);
    vec2 place = floor((ndc.xy * 0.5 + 0.5) * window_size + 0.5) + box.xy + at;
    gl_Position = vec4(place / window_size * 2.0 - 1.0, 0.0, 1.0);
}
