// One quad for each record: place on the window, and whether its anchor in the scene is covered.
in vec4 p3d_Vertex;
uniform samplerBuffer quads; // six texels each, see scene/quads.py
uniform vec2 window_size;
uniform sampler2D scene_depth;
out vec2 at;      // pixels from the centre
out vec2 uv;
flat out vec2 half_size;
flat out vec4 fill, edge, extra;
flat out float border, alpha;
flat out int kind;
const float MARGIN_PX = 8.0, BEHIND = 0.00004;

// Share of four points around the anchor that nothing covers.
float seen(vec4 anchor) {
    if (anchor.w < 0.5) return 1.0;
    float sum = 0.0;
    for (int i = 0; i < 4; i++) {
        vec2 d = vec2((i & 1) * 2 - 1, (i >> 1) * 2 - 1) * 3.0 / window_size;
        sum += step(anchor.z - BEHIND, textureLod(scene_depth, anchor.xy + d, 0.0).r);
    }
    return sum / 4.0;
}

void main() {
    int row = gl_InstanceID * 6;
    vec4 box = texelFetch(quads, row), more = texelFetch(quads, row + 3);
    extra = texelFetch(quads, row + 4);
    fill = texelFetch(quads, row + 1);
    edge = texelFetch(quads, row + 2);
    kind = int(more.x + 0.5);
    border = more.y;
    half_size = box.zw;
    alpha = more.z * mix(more.w, 1.0, seen(texelFetch(quads, row + 5)));
    bool glyph = kind == 8;
    at = p3d_Vertex.xy * (box.zw + (glyph ? 0.0 : MARGIN_PX));
    uv = mix(extra.xy, extra.zw, p3d_Vertex.xy * 0.5 + 0.5);
    gl_Position = vec4((box.xy + at) / window_size * 2.0 - 1.0, 0.0, 1.0);
}
